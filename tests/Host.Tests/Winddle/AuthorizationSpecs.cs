using System.Globalization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PixeeEvents.Winddle;
using Xunit;

namespace PixeeEvents.Host.Tests.Winddle;

/// <summary>Every endpoint of the face against everybody who may call it. An endpoint without a row here fails.</summary>
public sealed class AuthorizationSpecs(SharedServer server)
{
    private static readonly string[] Actions = ["archive", "unarchive", "cancel", "uncancel", "showcase", "unshowcase", "like", "unlike"];

    private static readonly (string Path, string Body)[] Settings =
    [
        ("product_categories", """{"label":"Fabric $"}"""), ("custom_fields", """{"name":"Fabric $"}"""),
        ("product_statuses", """{"name":"Fabric $"}"""),
        ("seasons", """{"name":"Fabric $"}"""), ("sizesets", """{"name":"Fabric $","sizes":["M"]}"""),
    ];

    private static readonly Dictionary<string, Row> Rows = new Row[]
    {
        new("/user", Kind.None),
        new("/products", Kind.None, """{"name":"Fabric $"}"""),
        new("/showcase/{key}/unshowcase", Kind.Product),
        new("product/{key}/showcase", Kind.Product),
        new("showcase/{key}/unshowcase", Kind.Product),
        new("/projects", Kind.None, """{"name":"Fabric $"}"""),
        new("/projects/{id}", Kind.Project, """{"name":"Fabric $"}"""),
        new("/projects/{project}/line_items", Kind.Project, """{"product":{"name":"Fabric $"}}"""),
        new("/projects/{project}/line_items/{id}", Kind.Line, """{"name":"Fabric $"}"""),
        new("/recent/products", Kind.None),
    }
    .Concat(Settings.SelectMany(
        s => new[] { new Row("/" + s.Path, Kind.None, s.Body), new Row($"/{s.Path}/{{id}}", Kind.Setting, s.Body) }))
    .Concat(new[] { "/product", "/products" }.SelectMany(p => new[]
    {
        new Row(p + "/{key}", Kind.Product, """{"color":"Fabric $"}"""),
        new Row(p + "/{key}/variants", Kind.Product, """{"name":"Fabric $"}"""),
        new Row(p + "/{key}/variants/{variantKey}", Kind.Variant, """{"color":"Fabric $"}"""),
        new Row(p + "/{key}/attachments", Kind.Product, """{"name":"Fabric $","base64_data":"SGVsbG8="}"""),
        new Row(p + "/{key}/attachments/{attachmentKey}", Kind.Attachment, """{"name":"Fabric $"}"""),
    }.Concat(Actions.Select(a => new Row($"{p}/{{key}}/{a}", Kind.Product)))))
    .ToDictionary(r => "/api/v1" + r.Pattern, StringComparer.Ordinal);

    private int _number;

    private enum Kind
    {
        None,
        Product,
        Variant,
        Attachment,
        Setting,
        Project,
        Line,
    }

    [Fact]
    public async Task every_endpoint_opens_for_those_it_is_meant_for_and_for_nobody_else()
    {
        var endpoints = server.Get<IEnumerable<EndpointDataSource>>().SelectMany(d => d.Endpoints).OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<Admission>() is not null).ToList();
        var routes = endpoints.SelectMany(e => Routes(e).Select(r => (r.Method, r.Pattern, e.Metadata.GetMetadata<Admission>()!.Needs)))
            .ToList();
        Assert.True(routes.Count > 100);
        Assert.Equal([], routes.Select(r => r.Pattern).Where(p => !Rows.ContainsKey(p)).Distinct());
        Assert.Equal([], Rows.Keys.Except(routes.Select(r => r.Pattern)));
        var cast = await Cast.Of(server);
        var wrong = new List<string>();
        foreach (var (method, pattern, needs) in routes)
        {
            wrong.AddRange(await Check(cast, Rows[pattern], method, needs));
        }

        Assert.Equal([], wrong);
    }

    /// <summary>The endpoint's own, and what stands for it.</summary>
    private static IEnumerable<(string Method, string Pattern)> Routes(RouteEndpoint endpoint) =>
        from route in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(m => $"{m} {endpoint.RoutePattern.RawText}")
            .Concat(endpoint.Metadata.GetMetadata<Documented>()!.Aliases)
        select (route.Split(' ')[0], route.Split(' ')[1]);

    private async Task<List<string>> Check(Cast cast, Row row, string method, Needs needs)
    {
        var (wrong, isOfAThing, isHidden) = (new List<string>(), row.Kind != Kind.None, row.Kind is Kind.Project or Kind.Line);
        var path = await Prepare(cast, row);
        await cast.Erp.NewEvents();
        await Expect("nobody", null, path, 401);
        await Expect("a stranger", cast.Stranger, path, isOfAThing ? 404 : 200);
        await Expect("another user", cast.Other, path, isHidden ? 404 : needs == Needs.User ? 200 : 403);
        if (needs != Needs.User && (await cast.Erp.NewEvents()).Count > 0)
        {
            wrong.Add($"{method} {row.Pattern} was refused and left events");
        }

        await Expect("the owner", cast.Owner, await Prepare(cast, row), needs == Needs.Admin ? 403 : 200);
        await Expect(
            "a company token for the owner", cast.Holder, await Prepare(cast, row) + "?acting_user=" + cast.Owner.User.Id,
            needs == Needs.Admin ? 403 : 200);
        await Expect("an admin", cast.Admin, await Prepare(cast, row), 200);
        return wrong;

        async Task Expect(string who, WinddleClient? caller, string address, int status)
        {
            var body = method is "GET" or "DELETE" ? null
                : row.Body?.Replace("$", (++_number).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
            var answer = await (caller ?? cast.Nobody).Send(new HttpMethod(method), address, body);
            if ((int)answer.Status / 100 * 100 != 200 ? (int)answer.Status != status : status != 200)
            {
                wrong.Add($"{method} {row.Pattern} by {who}: {(int)answer.Status} instead of {status}: {answer.Text}");
            }

            if (caller == cast.Stranger && answer.Text.Contains("Secret", StringComparison.Ordinal))
            {
                wrong.Add($"{method} {row.Pattern} shows a stranger what is not its own");
            }
        }
    }

    /// <summary>The path of a thing made for one call, below the root.</summary>
    private async Task<string> Prepare(Cast cast, Row row)
    {
        var name = $"Secret {++_number}";
        var path = row.Pattern.StartsWith('/') ? row.Pattern[1..] : "../v1" + row.Pattern;
        switch (row.Kind)
        {
            case Kind.Product or Kind.Variant or Kind.Attachment:
                var product = (await cast.Owner.Post("products", $$"""{"name":"{{name}}"}""")).Item("product", 201).GetProperty("id")
                    .ToString();
                var variant = (await cast.Owner.Post($"products/{product}/variants", $$"""{"name":"{{name}}"}""")).Item("variant", 201)
                    .GetProperty("id").ToString();
                var attachment = row.Kind != Kind.Attachment ? ""
                    : (await cast.Owner.Post($"products/{product}/attachments", $$"""{"name":"{{name}}","base64_data":"SGVsbG8="}"""))
                        .Item("attachment", 201).GetProperty("id").ToString();
                return path.Replace("{key}", product, StringComparison.Ordinal).Replace("{variantKey}", variant, StringComparison.Ordinal)
                    .Replace("{attachmentKey}", attachment, StringComparison.Ordinal);
            case Kind.Setting:
                var created = await cast.Admin.Post(
                    path[..path.IndexOf('/', StringComparison.Ordinal)], row.Body!.Replace("Fabric $", name, StringComparison.Ordinal));
                created.AssertStatus(201);
                return path.Replace(
                    "{id}", created.Json.EnumerateObject().Last().Value.GetProperty("id").ToString(), StringComparison.Ordinal);
            case Kind.Project or Kind.Line:
                var project = (await cast.Owner.Post("projects", $$"""{"name":"{{name}}"}""")).Item("project", 201).GetProperty("id")
                    .ToString();
                var line = row.Kind == Kind.Project ? project
                    : (await cast.Owner.Post($"projects/{project}/line_items", $$$"""{"product":{"name":"{{{name}}}"}}"""))
                        .Item("line_item", 201).GetProperty("id").ToString();
                return path.Replace("{project}", project, StringComparison.Ordinal).Replace("{id}", line, StringComparison.Ordinal);
            default:
                return path;
        }
    }

    /// <param name="Pattern">Behind the root.</param>
    /// <param name="Body">Of what creates and changes; <c>$</c> becomes a number.</param>
    private sealed record Row(string Pattern, Kind Kind, string? Body = null);

    private sealed record Cast(
        WinDevClient Erp, WinddleClient Nobody, WinddleClient Stranger, WinddleClient Other, WinddleClient Owner, WinddleClient Holder,
        WinddleClient Admin)
    {
        public static async Task<Cast> Of(WinDevServer server)
        {
            var erp = await server.Company();
            var owner = await server.User(erp.Company);
            return new Cast(
                erp, new WinddleClient(server, owner.User, "none"), await server.User((await server.Company()).Company, admin: true),
                await server.User(erp.Company, productOwner: true), owner, await server.User(erp.Company, companyToken: true),
                await server.User(erp.Company, admin: true));
        }
    }
}
