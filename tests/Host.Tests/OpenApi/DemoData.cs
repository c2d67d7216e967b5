using System.Text.RegularExpressions;
using PixeeEvents.Host.Tests.Webhooks;
using PixeeEvents.Webhooks;

namespace PixeeEvents.Host.Tests.OpenApi;

/// <summary>A company in which every documented call works, and its answers as the document shows them.</summary>
internal sealed partial class DemoData
{
    private static readonly DateTimeOffset At = new(2026, 11, 23, 14, 5, 0, TimeSpan.Zero);
    private static readonly Guid ShownEvent = Guid.Parse("0198b1c2-8a10-7d55-8e00-52d1c7a94e0b");

    private readonly WinDevServer _server;
    private readonly Dictionary<string, string> _actual = [];

    private DemoData(WinDevServer server, WinDevClient erp, string token) => (_server, Erp, Token) = (server, erp, token);

    public WinDevClient Erp { get; }

    /// <summary>A company token.</summary>
    public string Token { get; }

    /// <summary>What the document calls by a number of its own is called so here.</summary>
    public string Actual(string example) => _actual.GetValueOrDefault(example, example);

    public static async Task<DemoData> For(WinDevServer server, string face)
    {
        // Numbers begin again, so that the same call gets the same answer.
        await server.Scalar<long>(
            "select max(setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)) from pg_sequences where schemaname in ('catalog', 'accounts')");
        var erp = await server.Company();
        var admin = (
            await server.Accounts.CreateUser(
                erp.Company, "Demo Admin", "admin@demo.example", isAdmin: true, isProductOwner: true, CancellationToken.None))!;
        await server.Accounts.CreateUser(
            erp.Company, "Demo User", "user@demo.example", isAdmin: false, isProductOwner: false, CancellationToken.None);
        var (_, token) = await server.Accounts.CreateToken(erp.Company, admin.Id, "demo", actsForOthers: true, CancellationToken.None);
        var demo = new DemoData(server, erp, token);
        await (face switch
        {
            "Winddle" => Winddle(new WinddleClient(server, admin, token)),
            "Webhooks" => demo.Webhooks(),
            _ => demo.WinDev(),
        });
        return demo;
    }

    /// <summary>An answer with what differs from call to call put as the document shows it.</summary>
    public string Shown(string answer)
    {
        answer = answer.Replace(_server.Address.ToString().TrimEnd('/'), "https://hub.example", StringComparison.Ordinal)
            .Replace("http://127.0.0.1:0", "https://hub.example", StringComparison.Ordinal)
            .Replace(Erp.Company, "demo", StringComparison.Ordinal);
        foreach (var (example, actual) in _actual)
        {
            answer = answer.Replace(actual, example, StringComparison.Ordinal);
        }

        var ids = new List<string>();
        answer = Id()
            .Replace(
                answer,
                id =>
                    _actual.ContainsKey(id.Value) || id.Value == ShownEvent.ToString()
                        ? id.Value
                        : $"0198b1c2-0000-7000-8000-{Number(id.Value):000000000000}");
        answer = Time()
            .Replace(
                answer,
                time =>
                    DateTimeOffset.Parse(time.Value) > DateTimeOffset.UtcNow.AddHours(-1)
                        ? "2026-11-23T14:05:00" + Digit().Replace(time.Groups["fraction"].Value, "0") + "Z"
                        : time.Value);
        answer = EventId().Replace(answer, EventIds.Text(ShownEvent));
        answer = Secret().Replace(answer, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLwSw");
        answer = FileKey().Replace(answer, "/files/demo/q3JvK1x0Qm2c9XbT5wYzLA/");
        answer = PublicKey().Replace(answer, "${name}11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        return Position().Replace(answer, "${name}1763990400");

        int Number(string id)
        {
            if (!ids.Contains(id))
            {
                ids.Add(id);
            }

            return ids.IndexOf(id) + 1;
        }
    }

    private async Task WinDev()
    {
        (await Erp.Sync(
            """
            [{"reference": "ART-001", "ean": "3760000000001", "name": "Support TV mural fixe", "brand": "KIMEX", "price_ht": 18.00, "stock": 40, "supplier_code": "KIMEX", "weight": 1.5},
             {"reference": "ART-002", "ean": "3760000000002", "name": "Support TV orientable", "brand": "KIMEX", "price_ttc": 49.90}]
            """)).AssertOk("Sync terminé : 2 créés, 0 mis à jour, 0 erreurs");
        await _server.Catalog.Categories.Put(Erp.Company, "Supports TV", "supports-tv", null, 1, CancellationToken.None);
        await _server.Catalog.Categories.Put(Erp.Company, "Supports muraux", "supports-muraux", "supports-tv", 1, CancellationToken.None);
    }

    private static async Task Winddle(WinddleClient admin)
    {
        foreach (var (path, body) in new[]
        {
            ("product_categories", """{"label": "Supports TV", "source_id": "SUP"}"""),
            ("product_categories", """{"label": "Supports muraux", "parent_id": 1}"""),
            ("product_categories", """{"label": "Câbles"}"""),
            ("custom_fields", """{"name": "Norme"}"""), ("custom_fields", """{"name": "Poids", "type": "number"}"""),
            ("product_statuses", """{"name": "Prototype"}"""), ("product_statuses", """{"name": "En vente"}"""),
            ("seasons", """{"name": "Printemps-été 2026", "code": "PE26"}"""),
            ("seasons", """{"name": "Automne-hiver 2026", "code": "AH26"}"""),
            ("sizesets", """{"name": "Pouces", "sizes": ["32", "43", "55"]}"""),
            ("sizesets", """{"name": "Longueurs", "sizes": ["1 m", "2 m"], "category_id": 1}"""),
            (
                "products",
                """{"name": "Support TV mural fixe", "source_id": "ART-001", "reference": "012-1146", "brand": "KIMEX", "color": "Blanc", "category": "Supports muraux", "season": "PE26", "target_store_date": "2026-03-01", "customs": [{"field": "Norme", "value": "VESA 200"}]}"""),
            ("products", """{"name": "Support TV orientable", "source_id": "ART-002", "brand": "KIMEX"}"""),
            ("products/1/variants", """{"name": "Support TV mural fixe, noir", "reference": "ART-001-N", "color": "Noir"}"""),
            ("products/1/variants", """{"name": "Support TV mural fixe, gris", "reference": "ART-001-G", "color": "Gris"}"""),
            (
                "products/1/attachments",
                """{"name": "notice.txt", "folder": "Notices", "versions_attributes": [{"base64_data": "Tm90aWNlCg==", "filename": "notice.txt", "note": "Première version"}]}"""),
            (
                "projects",
                """{"name": "Salon de printemps", "source_id": "SALON-26", "members": ["user@demo.example"], "season": "PE26"}"""), ("projects", """{"name": "Salon d'automne"}"""),
            ("projects/1/line_items", """{"product": 1, "variants": [1], "start_at": "2026-03-01", "deliver_at": "2026-06-30"}"""),
        })
        {
            (await admin.Post(path, body)).AssertStatus(201);
        }
    }

    private async Task Webhooks()
    {
        await Erp.Sync("""[{"reference": "ART-001", "ean": "3760000000001", "name": "Support TV mural fixe", "stock": 40}]""");
        var webhooks = new WebhookClient(_server, Erp);
        await Waiting.Until(async () => await webhooks.Row<long>("select count(*) from outbox where tenant_id = $1 and taken_at is null") == 0
            ? null : "the sync is yet to become deliveries");
        var webhook = await webhooks.Created("""{"events": ["product.*", "stock.updated"]}""");
        var delivery = await webhooks.Delivery(webhook, "delivered", at: At, eventId: ShownEvent);
        var notice = Guid.CreateVersion7();
        await webhooks.Row<int>(
            "insert into webhooks.attempts (tenant_id, delivery_id, number, started_at, duration_ms, status, remote_ip, response) values ($1, $2, 1, $3, 42, 200, '203.0.113.7', 'ok')", delivery, At);
        await webhooks.Row<int>(
            "insert into webhooks.notices (tenant_id, id, subscription_id, type, at, detail) values ($1, $2, $3, 'webhook.failing', $4, 'No success for two and a half days.')", notice, webhook, At);
        var replay = (await webhooks.Post($"{webhook}/replay")).Json.GetProperty("id").GetString()!;
        _actual["0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c11"] = webhook.ToString();
        _actual["0198b1c2-8b20-7e44-a1c7-5d9f0e3a2b22"] = delivery.ToString();
        _actual["0198b1c2-9c30-7a66-8f21-7d0a4b5c6e33"] = replay;
        _actual[EventIds.Text(ShownEvent)] = EventIds.Text((await _server.Last(Erp, "product.created")).Id);
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", RegexOptions.None, 5000)]
    private static partial Regex Id();

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?<fraction>\.\d+)?Z", RegexOptions.None, 5000)]
    private static partial Regex Time();

    [GeneratedRegex(@"\d", RegexOptions.None, 5000)]
    private static partial Regex Digit();

    [GeneratedRegex("evt_[0-9a-f]{32}", RegexOptions.None, 5000)]
    private static partial Regex EventId();

    [GeneratedRegex("whsec_[A-Za-z0-9+/=]+", RegexOptions.None, 5000)]
    private static partial Regex Secret();

    [GeneratedRegex("/files/demo/[^/]+/", RegexOptions.None, 5000)]
    private static partial Regex FileKey();

    [GeneratedRegex("(?<name>\"(kid|x)\":\")[A-Za-z0-9_-]{43}", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex PublicKey();

    [GeneratedRegex("(?<name>\"next_since\":|\"cursor\":\")[0-9]+", RegexOptions.None, 5000)]
    private static partial Regex Position();
}
