using System.Net.Http.Headers;
using PixeeEvents.Testing;
using Xunit;

namespace PixeeEvents.Host.Tests.Availability.Database;

/// <summary>A database that cannot serve, as each face tells it.</summary>
public sealed class UnavailableSpecs : IAsyncLifetime
{
    private const string MayHave = " The change may have been made: look before you send it again.";

    private TestDatabase _database = null!;
    private WinDevServer _server = null!;
    private WinDevClient _erp = null!;
    private WinddleClient _user = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.Create();
        _server = await WinDevServer.Over(_database.ConnectionString + ";Options=-c lock_timeout=300ms", TimeProvider.System);
        _erp = await _server.Company();
        await _erp.Given(1);
        _user = await _server.User(_erp.Company, admin: true);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task a_read_that_waits_for_a_lock_in_vain_is_503_in_the_dialect_of_its_face()
    {
        await using var hold = await Hold.Of(
            _server,
            "lock table windev.products, winddle.products, webhooks.subscriptions, catalog.blob_chunks, accounts.companies in access exclusive mode");
        Assert.Equal(
            "5",
            Header(
                (await _erp.Get("products"))
                    .AssertRefused(503, "Données verrouillées par un autre traitement, réessayez plus tard", "retry_after_seconds")
                    .Headers));
        const string Locked = "The database is held up by other work on the same data.";
        var winddle = await _user.Get("products");
        Assert.Equal("base: " + Locked + " Try again.", winddle.Refusal(503));
        Assert.Equal("5", Header(winddle.Headers));
        Assert.Equal("base: " + Locked + " Try again.", (await _user.Get("products.xml")).Refusal(503));
        var webhooks = await _erp.Get("../webhooks");
        Assert.Equal((503, "5"), ((int)webhooks.Status, Header(webhooks.Headers)));
        Assert.Equal((Locked + " Try again.", "SERVICE_UNAVAILABLE", 5), (
            webhooks.Json.GetProperty("detail").GetString(), webhooks.Json.GetProperty("error_code").GetString(),
            webhooks.Json.GetProperty("retry_after_seconds").GetInt32()));
    }

    [Fact]
    public async Task a_file_that_cannot_be_looked_up_is_503()
    {
        await using var hold = await Hold.Of(_server, "lock table catalog.files in access exclusive mode");
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(_server.Address, $"/files/{_erp.Company}/k/original"), Stop);
        Assert.Equal((503, "5"), ((int)answer.StatusCode, Header(answer.Headers)));
    }

    [Fact]
    public async Task a_write_that_had_begun_is_not_reported_as_certainly_refused()
    {
        await using var hold = await Hold.Of(_server, "lock table outbox in access exclusive mode");
        (await _erp.Patch("ART-001", """{"name":"neu"}""")).AssertRefused(
            503, "Données verrouillées par un autre traitement : l'appel a peut-être été enregistré, renvoyez-le plus tard",
            "retry_after_seconds");
        Assert.Equal(
            "base: The database is held up by other work on the same data." + MayHave,
            (await _user.Post("products", """{"product":{"name":"neu"}}""")).Refusal(503));
    }

    [Fact]
    public async Task a_connection_that_breaks_while_a_write_is_committed_leaves_its_outcome_open()
    {
        await using var patient = await WinDevServer.Over(_database.ConnectionString + ";Options=-c lock_timeout=0", TimeProvider.System);
        var erp = await patient.Client(_erp.Company);
        await using var hold = await Hold.Of(patient, "lock table outbox in access exclusive mode");
        var patch = erp.Patch("ART-001", """{"name":"neu"}""");
        await Waiting.Until(async () => await hold.Waiting() == 1 ? null : "the writer waits for the lock");
        Assert.Equal(1, await hold.Terminate());
        (await patch)
            .AssertRefused(
                503, "Base de données injoignable : l'appel a peut-être été enregistré, renvoyez-le plus tard", "retry_after_seconds");
        await hold.Release();
        (await erp.Patch("ART-001", """{"name":"neu"}""")).AssertOk("Produit mis à jour");
    }

    [Theory]
    [InlineData("53100", "Base de données saturée ou en panne de disque", "30")]
    [InlineData("53300", "Plus aucune connexion libre à la base de données", "5")]
    [InlineData("57014", "La base de données ne répond pas à temps", "5")]
    [InlineData("57P03", "Base de données injoignable", "5")]
    public async Task what_PostgreSQL_has_no_room_or_time_for_is_503_and_nothing_of_it_is_kept(
        string state, string words, string retryAfter)
    {
        await _server.Scalar<int>(
            $"""
            create function fails() returns trigger language plpgsql as $$ begin raise exception using errcode = '{state}',
                message = 'no'; end $$;
            create trigger fails before insert on outbox execute function fails()
            """);
        await _erp.NewEvents();
        var refused = (await _erp.Stock($$"""[{"ean":"{{WinDevClient.Ean(1)}}","stock":7}]"""))
            .AssertRefused(503, null, "retry_after_seconds");
        Assert.StartsWith(words, refused.Message, StringComparison.Ordinal);
        Assert.Equal(retryAfter, Header(refused.Headers));
        await _erp.AssertNothingHappened();
    }

    [Fact]
    public async Task a_database_that_does_not_answer_in_time_is_503_and_the_connection_is_of_use_again()
    {
        await using var hasty = await WinDevServer.Over(
            _database.ConnectionString + ";Options=-c lock_timeout=0", TimeProvider.System, ("Database:AnswerSeconds", "0.5"));
        var erp = await hasty.Client(_erp.Company);
        await using var hold = await Hold.Of(hasty, "lock table windev.products in access exclusive mode");
        (await erp.Get("products"))
            .AssertRefused(503, "La base de données ne répond pas à temps, réessayez plus tard", "retry_after_seconds");
        await Waiting.Until(async () => await hold.Waiting() == 0 ? null : "the query is cancelled");
        await hold.Release();
        (await erp.Get("products")).AssertOk("1 produits trouvés");
    }

    [Fact]
    public async Task a_fault_of_ours_stays_500()
    {
        await _server.Scalar<int>("alter table windev.products rename to gone");
        (await _erp.Get("products")).AssertRefused(500);
        await _server.Scalar<int>("alter table windev.gone rename to products");
    }

    private static string Header(HttpResponseHeaders headers) => Assert.Single(headers.GetValues("Retry-After"));
}
