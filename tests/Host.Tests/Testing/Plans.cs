using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Planning;
using PixeeEvents.EventLog;
using Xunit;

namespace PixeeEvents.Host.Tests.Testing;

/// <summary>Projects and their lines, put there without the API.</summary>
internal static class Plans
{
    private static readonly Dictionary<string, string> None = [];

    /// <summary>A new project of an owner with one line.</summary>
    public static async Task<long> Line(
        this WinDevServer server, string company, long owner, string project, Guid product, params long[] variants)
    {
        var (created, _) = await server.Catalog.Projects.Create(
            company, new Project(0, project, null, null, owner, [], null, false, None), CancellationToken.None);
        return await In(server, company, product, async session => (await ProjectLines.Create(
            session,
            new ProjectLine(
                0, created!.Id, product, variants, "Ligne", null, null, new DateOnly(2026, 1, 1), null, false, false, false, None),
            CancellationToken.None)).Created!.Id);
    }

    public static async Task ChangeLine(
        this WinDevServer server, string company, Guid product, long line, Func<ProjectLine, ProjectLine> change) =>
        Assert.NotNull(
            await In(
                server, company, product,
                async session => (await ProjectLines.Change(session, line, change, CancellationToken.None)).Changed));

    private static async Task<T> In<T>(WinDevServer server, string company, Guid product, Func<EventSession, Task<T>> work)
    {
        await using var session = server.Store.Open(new Caller(company));
        await session.FetchForWriting(Product.Aggregate, product, CancellationToken.None);
        var result = await work(session);
        Assert.True(await session.SaveChanges(CancellationToken.None));
        return result;
    }
}
