using System.Globalization;
using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Values;

namespace PixeeEvents.Host.WinDev.Wire;

/// <summary>Query parameters; a bad value is refused with 400 and its name.</summary>
internal static class Query
{
    public const int MaxLimit = 500;

    public static (int Page, int Limit) Paging(HttpContext context) => (
        Integer(context, "page", 1, 1, int.MaxValue, "entier ≥ 1 attendu"),
        Integer(context, "limit", 100, 1, MaxLimit, $"entier de 1 à {MaxLimit} attendu"));

    public static bool Boolean(HttpContext context, string name, bool absent) =>
        context.Request.Query[name].ToString() is not { Length: > 0 } text ? absent
        : FlagValue.Read(text) ?? throw Bad(name, "true ou false attendu");

    public static string? Text(HttpContext context, string name) =>
        TextForm.Clean(context.Request.Query[name].ToString()) is not { Length: > 0 } text ? null
        : text.Any(char.IsControl) ? throw Bad(name, "caractères de contrôle interdits")
        : !TextForm.IsUnicode(text) ? throw Bad(name, "caractère Unicode invalide")
        : text.Length > 255 ? throw Bad(name, "255 caractères maximum")
        : text;

    private static int Integer(HttpContext context, string name, int absent, int min, int max, string rule) =>
        context.Request.Query[name].ToString() is not { Length: > 0 } text ? absent
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max ? value
        : throw Bad(name, rule);

    private static RefusedCallException Bad(string name, string rule) => new(StatusCodes.Status400BadRequest, Messages.BadParameter(name, rule));
}
