using PixeeEvents.Catalog.Settings;
using PixeeEvents.Winddle.Wire;

namespace PixeeEvents.Winddle.Settings;

/// <summary>List, show, create, update and delete of a table of settings, alike for all that have a name and a position.</summary>
/// <param name="read">What a body says, over the row as it is; over nothing for a new one.</param>
/// <param name="write">What is shown beside id, name and position.</param>
internal sealed class SettingResource<T>(Resource resource, Func<Input, T?, T> read, Action<ResourceWriter, T> write)
    where T : class, ISetting
{
    public async Task<Answer> List(CurrentUser user, SettingTable<T> rows, CancellationToken stop) =>
        Answer.List(resource, "index", await rows.List(user.Tenant, stop), Write);

    public async Task<Answer> Show(CurrentUser user, SettingTable<T> rows, string key, CancellationToken stop) =>
        Answered("show", await Find(user, rows, key, stop));

    public async Task<Answer> Create(HttpContext context, CurrentUser user, SettingTable<T> rows, CancellationToken stop)
    {
        var input = await Body.Read(context, resource);
        var draft = read(input, null);
        input.Errors.ThrowIfAny();
        var (created, refusal) = await rows.Create(user.Tenant, draft, stop);
        Refusals.ThrowIfAny(refusal, FieldOf);
        return Answered("create", created!, StatusCodes.Status201Created);
    }

    public async Task<Answer> Update(HttpContext context, CurrentUser user, SettingTable<T> rows, string key, CancellationToken stop)
    {
        var input = await Body.Read(context, resource);
        var row = await Find(user, rows, key, stop);
        var (changed, refusal) = await rows.Change(
            user.Tenant,
            row.Id,
            before =>
            {
                var after = read(input, before);
                input.Errors.ThrowIfAny();
                return after;
            },
            stop);
        Refusals.ThrowIfAny(refusal, FieldOf);
        return Answered("update", changed ?? throw Refusals.NotFound(resource, key));
    }

    public async Task<Answer> Delete(CurrentUser user, SettingTable<T> rows, string key, CancellationToken stop)
    {
        var row = await Find(user, rows, key, stop);
        var (deleted, refusal) = await rows.Delete(user.Tenant, row.Id, stop);
        Refusals.ThrowIfAny(refusal);
        return Answered("destroy", deleted ? row : throw Refusals.NotFound(resource, key));
    }

    private async Task<T> Find(CurrentUser user, SettingTable<T> rows, string key, CancellationToken stop) =>
        await rows.Find(user.Tenant, Keyed.Decoded(key), stop) ?? throw Refusals.NotFound(resource, key);

    private static string FieldOf(string field) => field == "category" ? "category_id" : field;

    private Answer Answered(string action, T row, int status = StatusCodes.Status200OK) =>
        Answer.Item(resource, action, writer => Write(writer, row), status);

    private void Write(ResourceWriter writer, T row)
    {
        writer.Integer("id", row.Id);
        writer.Text("name", row.Name);
        write(writer, row);
        writer.Integer("position", row.Position);
    }
}

/// <summary>The fields that all settings have.</summary>
internal static class SettingInput
{
    /// <summary>The module knows how long a name may be; this only keeps the unreasonable away from it.</summary>
    public const int AnyLength = 10_000;

    public static string Name(Input input, ISetting? before) =>
        input.Has("name") || before is null ? input.Text("name", AnyLength, required: true) ?? "" : before.Name;

    public static int Position(Input input, ISetting? before) =>
        (int?)input.Integer("position", min: 1, max: int.MaxValue) ?? before?.Position ?? 0;
}
