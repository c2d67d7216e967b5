using System.Net;
using System.Net.Sockets;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.Sending;

public sealed class AddressSpecs
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>First and last address of each refused range.</summary>
    public static TheoryData<string, string> Ranges => new()
    {
        { "0.0.0.0", "0.255.255.255" },
        { "10.0.0.0", "10.255.255.255" },
        { "100.64.0.0", "100.127.255.255" },
        { "127.0.0.0", "127.255.255.255" },
        { "168.63.129.16", "168.63.129.16" },
        { "169.254.0.0", "169.254.255.255" },
        { "172.16.0.0", "172.31.255.255" },
        { "192.0.0.0", "192.0.0.255" },
        { "192.0.2.0", "192.0.2.255" },
        { "192.88.99.0", "192.88.99.255" },
        { "192.168.0.0", "192.168.255.255" },
        { "198.18.0.0", "198.19.255.255" },
        { "198.51.100.0", "198.51.100.255" },
        { "203.0.113.0", "203.0.113.255" },
        { "224.0.0.0", "239.255.255.255" },
        { "240.0.0.0", "255.255.255.255" },
        { "::", "::ffff:ffff" },
        { "::1", "::8.8.8.8" },
        { "::ffff:10.0.0.1", "::ffff:127.0.0.1" },
        { "::ffff:0:8.8.8.8", "::ffff:0:127.0.0.1" },
        { "64:ff9b::", "64:ff9b::ffff:ffff" },
        { "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff" },
        { "100::", "100::ffff:ffff:ffff:ffff" },
        { "100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff" },
        { "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff" },
        { "2001:1::1", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff" },
        { "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff" },
        { "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
        { "2002:808:808::", "2002:7f00:1::" },
        { "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff" },
        { "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
        { "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
        { "fd00:ec2::254", "fd20:ce::254" },
        { "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
        { "fe80::1%2", "fe80::1%0" },
        { "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
        { "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
    };

    [Theory]
    [MemberData(nameof(Ranges))]
    public void every_address_that_is_not_public_is_refused(string first, string last)
    {
        var guard = new AddressGuard([]);
        Assert.True(guard.Refuses(IPAddress.Parse(first)));
        Assert.True(guard.Refuses(IPAddress.Parse(last)));
    }

    [Theory]
    [InlineData("1.0.0.0", "8.8.8.8")]
    [InlineData("9.255.255.255", "11.0.0.0")]
    [InlineData("100.63.255.255", "100.128.0.0")]
    [InlineData("126.255.255.255", "128.0.0.0")]
    [InlineData("168.63.129.15", "168.63.129.17")]
    [InlineData("169.253.255.255", "169.255.0.0")]
    [InlineData("172.15.255.255", "172.32.0.0")]
    [InlineData("191.255.255.255", "192.0.1.0")]
    [InlineData("192.0.1.255", "192.0.3.0")]
    [InlineData("192.88.98.255", "192.88.100.0")]
    [InlineData("192.167.255.255", "192.169.0.0")]
    [InlineData("198.17.255.255", "198.20.0.0")]
    [InlineData("198.51.99.255", "198.51.101.0")]
    [InlineData("203.0.112.255", "203.0.114.0")]
    [InlineData("223.255.255.255", "::ffff:8.8.8.8")]
    [InlineData("2000::", "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("2001:200::", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("2001:db9::", "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("2003::", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("3fff:1000::", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("2001:4860:4860::8888", "2606:4700:4700::1111")]
    public void the_neighbours_of_a_refused_range_are_public(string one, string other)
    {
        var guard = new AddressGuard([]);
        Assert.False(guard.Refuses(IPAddress.Parse(one)));
        Assert.False(guard.Refuses(IPAddress.Parse(other)));
    }

    [Fact]
    public void an_operators_network_is_the_only_exception()
    {
        var guard = new AddressGuard([IPNetwork.Parse("10.1.0.0/16"), IPNetwork.Parse("fd00:1::/32")]);
        Assert.False(guard.Refuses(IPAddress.Parse("10.1.2.3")));
        Assert.False(guard.Refuses(IPAddress.Parse("::ffff:10.1.2.3")));
        Assert.False(guard.Refuses(IPAddress.Parse("fd00:1::1")));
        Assert.True(guard.Refuses(IPAddress.Parse("10.2.0.0")));
        Assert.True(guard.Refuses(IPAddress.Parse("::10.1.2.3")));
        Assert.True(guard.Refuses(IPAddress.Parse("64:ff9b::10.1.2.3")));
        Assert.True(guard.Refuses(IPAddress.Parse("2002:a01:203::")));
        Assert.True(guard.Refuses(IPAddress.Parse("fd00:2::1")));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f000001")]
    [InlineData("0x7f.1")]
    [InlineData("0177.0.0.1")]
    [InlineData("127.1")]
    [InlineData("0")]
    [InlineData("①②⑦.⓪.⓪.①")]
    [InlineData("[::1]")]
    [InlineData("[::ffff:127.0.0.1]")]
    [InlineData("localhost")]
    [InlineData("127.0.0.1.")]
    public async Task no_notation_of_this_machine_is_connected_to(string host)
    {
        await using var receiver = RawReceiver.Start(RawReceiver.Silent());
        using var sender = new Sender(new SenderOptions { AllowHttp = true }, TimeProvider.System);
        Assert.Equal(Refused, Outcome(await sender.Send(Samples.Request(new Uri($"http://{host}:{receiver.Port}/")), Cancelled)));
        Assert.Equal(0, receiver.Connections);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("93.184.216.34 127.0.0.1")]
    [InlineData("127.0.0.1 93.184.216.34")]
    [InlineData("2606:4700::1111 10.0.0.1")]
    public async Task a_name_with_one_refused_address_is_refused_whatever_else_it_has(string addresses)
    {
        await using var receiver = RawReceiver.Start(RawReceiver.Silent());
        using var sender = Samples.Sender(
            new SenderOptions { AllowHttp = true }, names: _ => [.. addresses.Split(' ').Select(IPAddress.Parse)]);
        Assert.Equal(Refused, Outcome(await sender.Send(Samples.Request(new Uri($"http://erp.example:{receiver.Port}/")), Cancelled)));
        Assert.Equal(0, receiver.Connections);
    }

    [Fact]
    public async Task a_name_that_was_good_when_it_was_saved_is_judged_again_when_it_is_called()
    {
        var options = new SenderOptions { AllowHttp = true };
        await using var receiver = RawReceiver.Start(RawReceiver.Silent());
        var saved = UrlRules.Parse($"http://erp.example:{receiver.Port}/", options, out _);
        Assert.NotNull(saved);
        using var sender = Samples.Sender(options, names: _ => [IPAddress.Loopback]);
        Assert.Equal(Refused, Outcome(await sender.Send(Samples.Request(saved), Cancelled)));
        Assert.Equal(0, receiver.Connections);
    }

    [Fact]
    public async Task the_address_that_was_judged_is_the_one_that_is_called()
    {
        // A name server that gives a good answer first and a bad one ever after.
        var answers = 0;
        await using var receiver = await Receiver.Start();
        using var sender = Samples.Sender(
            Samples.Local with { AllowedNetworks = [IPNetwork.Parse("127.0.0.1/32")] },
            names: _ => answers++ == 0 ? [IPAddress.Loopback] : [IPAddress.Parse("127.0.0.2")]);
        var url = new Uri($"http://erp.example:{receiver.Port}/hook");
        Assert.True((await sender.Send(Samples.Request(url), Cancelled)).IsSuccess);
        Assert.Equal(1, answers);

        // The receiver ends the connection, so the next request needs another, and another look.
        receiver.Reaction = Answers.Status(200, null, ("Connection", "close"));
        Assert.True((await sender.Send(Samples.Request(url), Cancelled)).IsSuccess);
        Assert.Equal(1, answers);
        Assert.Equal(Refused, Outcome(await sender.Send(Samples.Request(url), Cancelled)));
        Assert.Equal(2, answers);
        Assert.Equal(2, receiver.Requests.Count);
    }

    [Fact]
    public async Task vetted_addresses_are_tried_in_turn_and_the_log_names_the_one_that_answered()
    {
        await using var receiver = await Receiver.Start();
        using var sender = Samples.Sender(names: _ => [IPAddress.Parse("127.0.0.2"), IPAddress.Loopback]);
        var answer = await sender.Send(Samples.Request(new Uri($"http://erp.example:{receiver.Port}/hook")), Cancelled);
        Assert.Equal((200, "127.0.0.1"), (answer.Status, answer.RemoteAddress));
    }

    [Fact]
    public async Task no_proxy_of_the_environment_is_used()
    {
        await using var proxy = await Receiver.Start();
        await using var receiver = await Receiver.Start();
        var before = HttpClient.DefaultProxy;
        try
        {
            // What http_proxy and its kin set.
            HttpClient.DefaultProxy = new WebProxy(new Uri($"http://127.0.0.1:{proxy.Port}"));
            using var sender = Samples.Sender(names: _ => [IPAddress.Loopback]);
            Assert.True((await sender.Send(Samples.Request(new Uri($"http://erp.example:{receiver.Port}/hook")), Cancelled)).IsSuccess);
        }
        finally
        {
            HttpClient.DefaultProxy = before;
        }

        Assert.Single(receiver.Requests);
        Assert.Empty(proxy.Requests);
    }

    [Fact]
    public async Task plain_http_is_refused_unless_the_operator_allows_it()
    {
        await using var receiver = RawReceiver.Start(RawReceiver.Silent());
        using var sender = Samples.Sender(Samples.Local with { AllowHttp = false });
        Assert.Equal(Refused, Outcome(await sender.Send(Samples.Request(receiver.Url), Cancelled)));
        Assert.Equal(0, receiver.Connections);
    }

    [Fact]
    public async Task a_name_without_an_address_is_a_failed_look_up()
    {
        using var none = Samples.Sender(names: _ => []);
        using var unknown = Samples.Sender(names: _ => throw new SocketException((int)SocketError.HostNotFound));
        Assert.Equal(AttemptError.Dns, (await none.Send(Samples.Request(new Uri("http://erp.example/")), Cancelled)).Error);
        Assert.Equal(AttemptError.Dns, (await unknown.Send(Samples.Request(new Uri("http://erp.example/")), Cancelled)).Error);
    }

    [Fact]
    public async Task a_connection_that_does_not_come_about_in_time_is_given_up()
    {
        using var sender = new Sender(
            Samples.Local with { ConnectTimeout = TimeSpan.FromMilliseconds(200) }, TimeProvider.System,
            async (_, stop) =>
            {
                await Task.Delay(Timeout.Infinite, stop);
                return [];
            });
        Assert.Equal(AttemptError.Connect, (await sender.Send(Samples.Request(new Uri("http://erp.example/")), Cancelled)).Error);
    }

    private static (int? Status, AttemptError? Error, string? Address) Refused => (null, AttemptError.AddressRefused, null);

    private static (int? Status, AttemptError? Error, string? Address) Outcome(Answer answer) =>
        (answer.Status, answer.Error, answer.RemoteAddress);
}
