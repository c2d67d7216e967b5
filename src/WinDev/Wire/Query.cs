using System.Globalization;
using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Values;

namespace PixeeEvents.WinDev.Wire;

/// <summary>Query parameters; a bad value is refused with 400 and its name.</summary>
internal static class Query
{
    public const int MaxLimit = 500;

    private const int MaxText = 255;

    public static (int Page, int Limit) Paging(HttpContext context) => (
        Integer(context, "page", 1, 1, int.MaxValue, Messages.PageRule),
        Integer(context, "limit", 100, 1, MaxLimit, Messages.LimitRule(MaxLimit)));

    public static bool Boolean(HttpContext context, string name, bool absent) =>
        context.Request.Query[name].ToString() is not { Length: > 0 } text ? absent
        : FlagValue.Read(text) ?? throw Bad(name, Messages.FlagRule);

    public static string? Text(HttpContext context, string name) =>
        TextForm.Clean(context.Request.Query[name].ToString()) is not { Length: > 0 } text ? null
        : text.Any(char.IsControl) ? throw Bad(name, Messages.NoControlCharacters)
        : !TextForm.IsUnicode(text) ? throw Bad(name, Messages.NotUnicode)
        : text.Length > MaxText ? throw Bad(name, Messages.TooLong(MaxText))
        : text;

    private static int Integer(HttpContext context, string name, int absent, int min, int max, string rule) =>
        context.Request.Query[name].ToString() is not { Length: > 0 } text ? absent
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min
            && value <= max ? value
        : throw Bad(name, rule);

    private static RefusedCallException Bad(string name, string rule) =>
        new(StatusCodes.Status400BadRequest, Messages.BadParameter(name, rule));
}
