using Npgsql;
using PixeeEvents.Host.Availability;
using Xunit;

namespace PixeeEvents.Host.Tests.Availability.Database;

public sealed class ServerConnectionSpecs
{
    [Fact]
    public void a_server_waits_neither_long_for_a_connection_nor_for_a_lock()
    {
        var settings = new NpgsqlConnectionStringBuilder(ServerConnection.Of("Host=db;Username=u;Options=-c work_mem=8MB"));
        Assert.Equal((3, 20, 500), (settings.Timeout, settings.CommandTimeout, settings.CancellationTimeout));
        Assert.Equal("-c work_mem=8MB -c lock_timeout=2s", settings.Options);
        Assert.True(settings.TcpKeepAlive);
        Assert.False(new NpgsqlConnectionStringBuilder(ServerConnection.Of("Host=/run/socket;Username=u")).TcpKeepAlive);
    }

    [Fact]
    public void what_the_connection_string_says_itself_stays()
    {
        var settings = new NpgsqlConnectionStringBuilder(
            ServerConnection.Of("Host=db;Timeout=7;CommandTimeout=8;Cancellation Timeout=9;Options=-c lock_timeout=1s"));
        Assert.Equal(
            (7, 8, 9, "-c lock_timeout=1s"), (settings.Timeout, settings.CommandTimeout, settings.CancellationTimeout, settings.Options));
    }
}
