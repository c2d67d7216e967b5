using Alba;
using Microsoft.AspNetCore.Builder;
using PixeeEvents.Host.Tests.Testing;
using Xunit;

[assembly: AssemblyFixture(typeof(SharedServer))]

namespace PixeeEvents.Host.Tests.Testing;

/// <summary>
/// The server that all specs share which ask for nothing but HTTP: the real composition over a database, called in memory. Each spec has
/// a company of its own. What a socket does (limits of a body, addresses, raw bytes) is specified over one.
/// </summary>
public sealed class SharedServer : WinDevServer
{
    private IAlbaHost? _alba;

    public override Uri Address { get; } = new("http://localhost/");

    private protected override IServiceProvider Services => _alba!.Services;

    private protected override string Listens => "http://localhost";

    private protected override HttpMessageHandler Handler() => _alba!.Server.CreateHandler();

    private protected override async Task Start(WebApplicationBuilder builder)
    {
        _alba = await AlbaHost.For(builder, HostApplication.Map);
        // Numbers of one length: keys that are made of them come in one order, however many other specs took.
        await Scalar<long>(
            """
            select max(setval(format('%I.%I', schemaname, sequencename)::regclass, 1000)) from pg_sequences
            where schemaname in ('accounts', 'catalog')
            """);
    }

    private protected override async Task Stop() => await _alba!.DisposeAsync();
}
