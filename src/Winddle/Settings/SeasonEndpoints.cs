using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Settings;
using PixeeEvents.Winddle.Wire;
using Wolverine.Http;

namespace PixeeEvents.Winddle.Settings;

/// <summary>Seasons of products, also found by their code.</summary>
public static class SeasonEndpoints
{
    private const string All = WinddleApi.Root + SettingRoutes.Seasons;
    private const string One = All + "/{id}";

    private static readonly SettingResource<Season> Seasons = new(
        new Resource("seasons", "season"), Read, (writer, season) => writer.Text("code", season.Code));

    [WolverineGet(All)]
    public static Task<Answer> List(CurrentUser user, CatalogModule catalog, CancellationToken stop) =>
        Seasons.List(user, catalog.Seasons, stop);

    [WolverineGet(One)]
    public static Task<Answer> Show(CurrentUser user, string id, CatalogModule catalog, CancellationToken stop) =>
        Seasons.Show(user, catalog.Seasons, id, stop);

    [WolverinePost(All)]
    public static Task<Answer> Create(HttpContext context, CurrentUser user, CatalogModule catalog, CancellationToken stop) =>
        Seasons.Create(context, user, catalog.Seasons, stop);

    [WolverinePut(One)]
    public static Task<Answer> Update(
        HttpContext context, CurrentUser user, string id, CatalogModule catalog, CancellationToken stop) =>
        Seasons.Update(context, user, catalog.Seasons, id, stop);

    [WolverineDelete(One)]
    public static Task<Answer> Delete(CurrentUser user, string id, CatalogModule catalog, CancellationToken stop) =>
        Seasons.Delete(user, catalog.Seasons, id, stop);

    private static Season Read(Input input, Season? before)
    {
        var name = SettingInput.Name(input, before);
        var code = input.Has("code") ? input.Text("code", SettingInput.AnyLength, required: before is not null) : before?.Code;
        return new Season(0, name, code ?? name, SettingInput.Position(input, before));
    }
}
