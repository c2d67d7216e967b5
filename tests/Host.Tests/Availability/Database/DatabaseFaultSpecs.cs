using System.Net;
using System.Net.Sockets;
using Npgsql;
using PixeeEvents.Http.Availability;
using Xunit;

namespace PixeeEvents.Host.Tests.Availability.Database;

public sealed class DatabaseFaultSpecs
{
    [Theory]
    [InlineData("57P01", "Away")]
    [InlineData("57P02", "Away")]
    [InlineData("57P03", "Away")]
    [InlineData("08006", "Away")]
    [InlineData("28P01", "Away")]
    [InlineData("3D000", "Away")]
    [InlineData("25006", "Away")]
    [InlineData("53100", "Full")]
    [InlineData("53200", "Full")]
    [InlineData("58030", "Full")]
    [InlineData("53300", "Crowded")]
    [InlineData("57014", "Slow")]
    [InlineData("55P03", "Locked")]
    [InlineData("40P01", "Locked")]
    [InlineData("40001", "Locked")]
    [InlineData("23505", null)]
    [InlineData("42P01", null)]
    [InlineData("22P02", null)]
    [InlineData("XX001", null)]
    public void what_PostgreSQL_answers_is_an_outage_or_a_fault_of_ours(string state, string? expected)
    {
        var answer = new PostgresException("no", "ERROR", "ERROR", state);
        Assert.Equal(expected, DatabaseFault.Of(answer)?.ToString());
        Assert.Equal(
            expected, DatabaseFault.Of(new InvalidOperationException("a store wraps it", new AggregateException(answer)))?.ToString());
        Assert.Equal(expected, DatabaseFault.Of(new NpgsqlException("the driver wraps it", answer))?.ToString());
    }

    [Fact]
    public void a_connection_that_broke_is_an_outage_and_a_driver_that_was_used_wrongly_is_none()
    {
        Assert.Equal(Outage.Away, DatabaseFault.Of(new NpgsqlException("Exception while reading from stream", new EndOfStreamException())));
        Assert.Equal(Outage.Slow, DatabaseFault.Of(new NpgsqlException("Exception while reading from stream", new TimeoutException())));
        Assert.Null(DatabaseFault.Of(new NpgsqlException("Received backend message BindComplete while expecting ReadyForQuery")));
        Assert.Null(DatabaseFault.Of(new InvalidOperationException("Connection is not open")));
        Assert.Null(DatabaseFault.Of(new TimeoutException("of something else")));
        Assert.Null(DatabaseFault.Of(new IOException("of something else", new SocketException((int)SocketError.ConnectionReset))));
    }

    [Fact]
    public void what_the_caller_cancelled_is_no_outage() =>
        Assert.Null(
            DatabaseFault.Of(
                new OperationCanceledException(
                    "Query was cancelled", new PostgresException("canceling statement due to user request", "ERROR", "ERROR", "57014"))));

    [Fact]
    public async Task a_server_that_is_not_there_or_says_nothing_is_an_outage()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        Assert.NotNull(DatabaseFault.Of(await Failure($"Host=127.0.0.1;Port={port};Username=nobody;Timeout=1")));
        silent.Stop();
        Assert.Equal(Outage.Away, DatabaseFault.Of(await Failure($"Host=127.0.0.1;Port={port};Username=nobody;Timeout=1")));
        Assert.Equal(Outage.Away, DatabaseFault.Of(await Failure("Host=/nonexistent/socket;Username=nobody;Timeout=1")));
        Assert.Equal(Outage.Away, DatabaseFault.Of(await Failure("Host=database.invalid;Username=nobody;Timeout=1")));
    }

    [Fact]
    public async Task a_pool_without_a_free_connection_is_an_outage()
    {
        await using var source = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(Environment.GetEnvironmentVariable("PIXEE_TEST_POSTGRES")) { MaxPoolSize = 1, Timeout = 1 });
        await using var only = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var failure = await Record.ExceptionAsync(async () => await source.OpenConnectionAsync(TestContext.Current.CancellationToken));
        Assert.Equal(Outage.Crowded, DatabaseFault.Of(failure!));
    }

    [Fact]
    public void a_failure_is_described_in_one_line_without_the_details_that_may_hold_values()
    {
        Assert.Equal(
            "53100: could not extend file",
            DatabaseFault.Describe(
                new InvalidOperationException(
                    "x", new PostgresException("could not extend file", "ERROR", "ERROR", "53100", detail: "secret"))));
        Assert.Equal(
            "Failed to connect (Connection refused)",
            DatabaseFault.Describe(new NpgsqlException("Failed to connect", new IOException("Connection refused"))));
    }

    private static async Task<Exception> Failure(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        return (await Record.ExceptionAsync(() => connection.OpenAsync(TestContext.Current.CancellationToken)))!;
    }
}
