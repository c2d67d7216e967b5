using Npgsql;
using Xunit;

namespace PixeeEvents.EventLog.Tests.Appending;

public sealed class AppendOnlySpecs(LogFixture log) : IClassFixture<LogFixture>
{
    [Theory]
    [InlineData("update mt_events set data = '{}'")]
    [InlineData("update mt_events set timestamp = now(), is_archived = true")]
    [InlineData("update mt_events set headers = '{}'")]
    [InlineData("update mt_events set seq_id = -seq_id")]
    [InlineData("delete from mt_events")]
    [InlineData("truncate mt_events")]
    [InlineData("truncate mt_streams cascade")]
    public async Task the_database_refuses_to_change_or_remove_an_event(string change)
    {
        var (tenant, train) = (LogFixture.NewTenant(), Guid.NewGuid());
        await log.Append(tenant, train, new SeatsBooked(1));
        var before = await log.Rows("select e::text from mt_events e order by seq_id");
        Assert.Equal("PE001", (await Assert.ThrowsAsync<PostgresException>(() => log.Execute(change))).SqlState);
        Assert.Equal(before, await log.Rows("select e::text from mt_events e order by seq_id"));
    }

    [Fact]
    public async Task a_stream_with_events_cannot_be_removed()
    {
        var (tenant, train) = (LogFixture.NewTenant(), Guid.NewGuid());
        await log.Append(tenant, train, new SeatsBooked(1));
        var refused = await Assert.ThrowsAsync<PostgresException>(
            () => log.Execute("delete from mt_streams where id = $1", Sql.Uuid(train)));
        Assert.Equal(PostgresErrorCodes.ForeignKeyViolation, refused.SqlState);
        Assert.Equal(1, await log.VersionOf(tenant, train));
    }
}
