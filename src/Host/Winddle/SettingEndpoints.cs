using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Settings;
using PixeeEvents.EventLog;
using PixeeEvents.Host.OpenApi;

namespace PixeeEvents.Host.Winddle;

/// <summary>List, show, create, update and delete of a table of settings: read by every user, written by company admins.</summary>
/// <param name="path">First word of the paths.</param>
/// <param name="read">What a body says, over the row as it is; over nothing for a new one.</param>
internal sealed class SettingEndpoints<T>(
    string path, Resource resource, Func<CatalogModule, SettingTable<T>> table, Func<Input, T?, T> read, Action<ResourceWriter, T> write, SettingExamples examples)
    where T : class, ISetting
{
    public void Map(RouteGroupBuilder routes)
    {
        var (settings, key) = (routes.MapGroup("/" + path), Parameter.Path("id", $"Id or {examples.Keys} of it.", examples.Id));
        settings.MapGet("", (HttpContext context, Pixee pixee) => List(context, table(pixee.Catalog))).WithMetadata(Admission.Read)
            .Documented(path + "/list", $"All {Words(resource.Plural)} by position.");
        settings.MapGet("/{id}", (HttpContext context, Pixee pixee, string id) => Show(context, table(pixee.Catalog), id)).WithMetadata(Admission.Read)
            .Documented(path + "/show", $"A {Words(resource.Singular)}.", [key]);
        settings.MapPost("", (HttpContext context, Pixee pixee) => Create(context, table(pixee.Catalog))).WithMetadata(Admission.Administer)
            .Documented(path + "/create", $"Creates a {Words(resource.Singular)}.", body: examples.Create, status: StatusCodes.Status201Created);
        settings.MapMethods("/{id}", ["PUT", "PATCH"], (HttpContext context, Pixee pixee, string id) => Update(context, table(pixee.Catalog), id)).WithMetadata(Admission.Administer)
            .Documented(path + "/update", $"Changes what the body names of a {Words(resource.Singular)}.", [key], examples.Update);
        settings.MapDelete("/{id}", (HttpContext context, Pixee pixee, string id) => Delete(context, table(pixee.Catalog), id)).WithMetadata(Admission.Administer)
            .Documented(path + "/destroy", $"Deletes a {Words(resource.Singular)}; answers with what it was.", [key]);

        static string Words(string name) => name.Replace('_', ' ');
    }

    private async Task List(HttpContext context, SettingTable<T> rows) =>
        await Answer.List(context, resource, "index", await rows.List(TokenCheck.UserOf(context).Tenant, context.RequestAborted), Write);

    private async Task Show(HttpContext context, SettingTable<T> rows, string key)
    {
        var row = await Find(context, rows, key);
        await Answer.Item(context, resource, "show", writer => Write(writer, row));
    }

    private async Task Create(HttpContext context, SettingTable<T> rows)
    {
        var input = await Body.Read(context, resource);
        var draft = read(input, null);
        input.Errors.ThrowIfAny();
        var (created, refusal) = await rows.Create(TokenCheck.UserOf(context).Tenant, draft, context.RequestAborted);
        Refusals.ThrowIfAny(refusal, FieldOf);
        await Answer.Item(context, resource, "create", writer => Write(writer, created!), StatusCodes.Status201Created);
    }

    private async Task Update(HttpContext context, SettingTable<T> rows, string key)
    {
        var input = await Body.Read(context, resource);
        var row = await Find(context, rows, key);
        var (changed, refusal) = await rows.Change(
            TokenCheck.UserOf(context).Tenant,
            row.Id,
            before =>
            {
                var after = read(input, before);
                input.Errors.ThrowIfAny();
                return after;
            },
            context.RequestAborted);
        Refusals.ThrowIfAny(refusal, FieldOf);
        await Answer.Item(context, resource, "update", writer => Write(writer, changed ?? throw Refusals.NotFound(resource, key)));
    }

    private async Task Delete(HttpContext context, SettingTable<T> rows, string key)
    {
        var row = await Find(context, rows, key);
        var (deleted, refusal) = await rows.Delete(TokenCheck.UserOf(context).Tenant, row.Id, context.RequestAborted);
        Refusals.ThrowIfAny(refusal);
        await Answer.Item(context, resource, "destroy", writer => Write(writer, deleted ? row : throw Refusals.NotFound(resource, key)));
    }

    private async Task<T> Find(HttpContext context, SettingTable<T> rows, string key) =>
        await rows.Find(TokenCheck.UserOf(context).Tenant, Keyed.Decoded(key), context.RequestAborted) ?? throw Refusals.NotFound(resource, key);

    private static string FieldOf(string field) => field == "category" ? "category_id" : field;

    private void Write(ResourceWriter writer, T row)
    {
        writer.Integer("id", row.Id);
        writer.Text("name", row.Name);
        write(writer, row);
        writer.Integer("position", row.Position);
    }
}

/// <summary>Bodies that work, and how a row is found.</summary>
internal sealed record SettingExamples(string Create, string Update, string Id = "2", string Keys = "name");

/// <summary>The refusals of modules in the words of the face.</summary>
internal static class Refusals
{
    /// <summary>The module's code names the field and what is wrong with it: <c>source_id_length</c>, <c>name_taken</c>.</summary>
    /// <exception cref="RefusedRequestException">422, when there is one.</exception>
    public static void ThrowIfAny(Refusal? refusal, Func<string, string>? rename = null)
    {
        if (refusal is not null)
        {
            var errors = new Errors();
            var field = refusal.Code is "in_use" or "status_default" ? Errors.Whole : refusal.Code[..refusal.Code.LastIndexOf('_')];
            errors.Add(rename?.Invoke(field) ?? field, refusal.Reason);
            errors.ThrowIfAny();
        }
    }

    public static RefusedRequestException NotFound(Resource resource, string key) =>
        new(StatusCodes.Status404NotFound, $"There is no {resource.Singular.Replace('_', ' ')} '{key}'.");
}
