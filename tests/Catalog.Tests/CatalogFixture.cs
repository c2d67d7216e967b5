using PixeeEvents.Catalog.Settings;
using PixeeEvents.EventLog;
using PixeeEvents.Testing;
using Xunit;

namespace PixeeEvents.Catalog.Tests;

/// <summary>A migrated database with the catalogue.</summary>
public sealed class CatalogFixture : PostgresFixture
{
    internal EventStore Store { get; private set; } = null!;

    internal CatalogModule Catalog { get; private set; } = null!;

    internal static CancellationToken Stop => TestContext.Current.CancellationToken;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Store = TestStore.Over(DataSource, options => options.AddCatalog());
        await SchemaMigrator.Migrate(
            DataSource, [Store.Documents.Storage.Database], [typeof(EventStore).Assembly, typeof(CatalogModule).Assembly],
            compares: false, Stop);
        Catalog = new CatalogModule(DataSource);
    }

    /// <summary>A company that no other spec writes to.</summary>
    internal static string NewCompany() => Guid.NewGuid().ToString("n");

    internal EventSession Open(string company) => Store.Open(new Caller(company));

    /// <summary>What keys stand for, in the order given: an id, or the code of the refusal.</summary>
    internal async Task<string> Resolve(
        string company, Func<EventSession, IReadOnlyCollection<string>, CancellationToken, Task<IReadOnlyDictionary<string,
        Reference>>> resolve, params string[] keys)
    {
        await using var session = Open(company);
        var found = await resolve(session, keys, Stop);
        await session.SaveChanges(Stop);
        return string.Join(' ', keys.Select(k => found[k].Refusal?.Code ?? found[k].Id.ToString()));
    }
}
