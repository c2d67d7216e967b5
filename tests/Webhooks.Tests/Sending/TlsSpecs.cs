using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.Sending;

public sealed class TlsSpecs : IDisposable
{
    private const string Host = "hook.example";

    private readonly Authority _authority = Authority.Create();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData(HttpProtocols.Http1AndHttp2, "HTTP/2")]
    [InlineData(HttpProtocols.Http1, "HTTP/1.1")]
    public async Task a_certificate_of_the_urls_host_is_accepted_from_the_vetted_address(HttpProtocols protocols, string protocol)
    {
        using var certificate = _authority.Issue(Host);
        await using var receiver = await Receiver.Start(certificate: certificate, protocols: protocols);
        using var sender = Pinned(_authority.Trusted);
        for (var i = 0; i < 3; i++)
        {
            var answer = await sender.Send(Samples.Request(Url(receiver)), Cancelled);
            Assert.Equal((200, "127.0.0.1"), (answer.Status, answer.RemoteAddress));
        }

        Assert.Equal(3, receiver.Requests.Count);
        Assert.All(receiver.Requests, r => Assert.Equal((protocol, $"{Host}:{receiver.Port}"), (r.Protocol, r.Headers["Host"])));
        Assert.Single(receiver.Requests.Select(r => r.Connection.Split(':')[0]).Distinct());
    }

    [Fact]
    public async Task a_self_signed_certificate_is_refused()
    {
        using var certificate = Authority.SelfSigned(Host);
        await Refused(certificate, Host, _authority.Trusted);
        await Refused(certificate, Host, Samples.Local);
    }

    [Fact]
    public async Task a_certificate_of_an_authority_that_is_not_trusted_is_refused()
    {
        using var other = Authority.Create();
        using var certificate = other.Issue(Host);
        await Refused(certificate, Host, _authority.Trusted);
        await Refused(certificate, Host, Samples.Local);
    }

    [Fact]
    public async Task a_certificate_of_another_host_is_refused()
    {
        using var certificate = _authority.Issue("other.example");
        await Refused(certificate, Host, _authority.Trusted);
    }

    [Fact]
    public async Task a_certificate_of_the_address_does_not_speak_for_the_name()
    {
        using var certificate = _authority.Issue("127.0.0.1");
        await Refused(certificate, Host, _authority.Trusted);
    }

    [Fact]
    public async Task a_certificate_of_a_name_does_not_speak_for_an_address()
    {
        using var certificate = _authority.Issue(Host);
        await Refused(certificate, "127.0.0.1", _authority.Trusted);
    }

    [Fact]
    public async Task an_expired_certificate_is_refused()
    {
        using var certificate = _authority.Issue(Host, until: DateTimeOffset.UtcNow.AddHours(-1));
        await Refused(certificate, Host, _authority.Trusted);
    }

    [Fact]
    public async Task no_url_that_a_certificate_names_is_called()
    {
        using var below = _authority.Below();
        await using var trap = await Receiver.Start((context, _) => context.Response.Body.WriteAsync(below.Export()).AsTask());
        using var certificate = below.Issue(Host, issuerUrl: trap.Url);
        await Refused(certificate, Host, _authority.Trusted);
        Assert.Empty(trap.Requests);
    }

    [Fact]
    public async Task a_server_without_tls_is_no_https()
    {
        await using var receiver = await Receiver.Start();
        using var sender = Pinned(_authority.Trusted);
        Assert.Equal(AttemptError.Tls, (await sender.Send(Samples.Request(Url(receiver)), Cancelled)).Error);
        Assert.Empty(receiver.Requests);
    }

    [Fact]
    public async Task many_connections_over_one_policy_stay_verified()
    {
        using var good = _authority.Issue(Host);
        using var bad = _authority.Issue("other.example");
        await using var one = await Receiver.Start(certificate: good, protocols: HttpProtocols.Http1);
        await using var two = await Receiver.Start(certificate: bad, protocols: HttpProtocols.Http1);
        using var sender = Pinned(_authority.Trusted);
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 40).Select(i => sender.Send(Samples.Request(Url(i % 2 == 0 ? one : two)), Cancelled)));
        Assert.All(answers.Index(), a => Assert.Equal(a.Index % 2 == 0 ? null : AttemptError.Tls, a.Item.Error));
        Assert.Equal((20, 0), (one.Requests.Count, two.Requests.Count));
    }

    [Fact]
    public async Task requests_that_hang_leave_room_for_others_to_the_same_host()
    {
        using var certificate = _authority.Issue(Host);
        var gate = new TaskCompletionSource();
        await using var receiver = await Receiver.Start(
            (context, request) => request.Headers.ContainsKey("X-Hang") ? gate.Task : Answers.Status(200)(context, request), certificate,
            HttpProtocols.Http2);
        using var sender = Pinned(_authority.Trusted);
        Assert.Equal(200, (await sender.Send(Samples.Request(Url(receiver)), Cancelled)).Status);
        var hanging = Enumerable.Range(0, 120).Select(_ => sender.Send(Samples.Request(Url(receiver), null, ("X-Hang", "1")), Cancelled))
            .ToList();
        var answer = await sender.Send(Samples.Request(Url(receiver), TimeSpan.FromSeconds(5)), Cancelled);
        gate.SetResult();
        await Task.WhenAll(hanging);
        Assert.Equal(200, answer.Status);
    }

    private static Uri Url(Receiver receiver, string host = Host) => new($"https://{host}:{receiver.Port}/hook");

    /// <summary>Every name means this machine.</summary>
    private static Sender Pinned(SenderOptions options) => Samples.Sender(options, names: _ => [IPAddress.Loopback]);

    private static async Task Refused(X509Certificate2 certificate, string host, SenderOptions options)
    {
        await using var receiver = await Receiver.Start(certificate: certificate);
        using var sender = Pinned(options);
        var answer = await sender.Send(Samples.Request(Url(receiver, host)), Cancelled);
        Assert.Equal((null, AttemptError.Tls), (answer.Status, answer.Error));
        Assert.Empty(receiver.Requests);
    }
}
