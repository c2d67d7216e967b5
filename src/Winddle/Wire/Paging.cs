using System.Globalization;
using Microsoft.AspNetCore.Http.Extensions;
using PixeeEvents.Winddle.Files;

namespace PixeeEvents.Winddle.Wire;

/// <summary><c>page</c> and <c>per_page</c>, and the links to the neighbouring pages (RFC 8288).</summary>
internal static class Paging
{
    public static IReadOnlyList<Parameter> Parameters { get; } =
    [
        Parameter.Integer("page", "The page, from 1.", 1, 1, int.MaxValue),
        Parameter.Integer(
            "per_page", "How many a page has at most.", new WinddleOptions().DefaultPerPage, 1, new WinddleOptions().MaxPerPage),
    ];

    /// <exception cref="RefusedRequestException">422 when a parameter is no number of its range.</exception>
    public static Page Of(HttpContext context)
    {
        var (query, options) = (context.Request.Query, context.RequestServices.GetRequiredService<WinddleOptions>());
        var errors = new Errors();
        var page = new Page(
            Integer(query, "page", 1, int.MaxValue, errors),
            Integer(query, "per_page", options.DefaultPerPage, options.MaxPerPage, errors));
        errors.ThrowIfAny();
        return page;
    }

    public static string Links(HttpContext context, Page page, long total)
    {
        var last = (int)Math.Max(1, (total + page.Size - 1) / page.Size);
        var links = new List<string>(4);
        if (page.Number > 1)
        {
            links.Add(Link(1, "first"));
            links.Add(Link(Math.Min(page.Number - 1, last), "prev"));
        }

        if (page.Number < last)
        {
            links.Add(Link(page.Number + 1, "next"));
            links.Add(Link(last, "last"));
        }

        return string.Join(", ", links);

        string Link(int number, string relation)
        {
            var options = context.RequestServices.GetRequiredService<WinddleOptions>();
            var query = new QueryBuilder(context.Request.Query
                .Where(p => p.Key is not ("page" or "per_page") && p.Key != options.TokenParameter)
                .SelectMany(p => p.Value, (p, value) => KeyValuePair.Create(p.Key, value ?? "")))
            {
                { "page", number.ToString(CultureInfo.InvariantCulture) },
                { "per_page", page.Size.ToString(CultureInfo.InvariantCulture) },
            };
            return $"<{FileLinks.ServerOf(context)}{context.Request.Path}{Formats.SuffixOf(context)}{query}>; rel=\"{relation}\"";
        }
    }

    /// <summary>A whole number from 1 in the query.</summary>
    public static int Integer(IQueryCollection query, string name, int absent, int max, Errors errors)
    {
        var text = query[name].ToString();
        if (text.Length == 0)
        {
            return absent;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= 1 && value <= max)
        {
            return value;
        }

        errors.Add(name, max == int.MaxValue ? "must be a whole number of at least 1" : $"must be a whole number from 1 to {max}");
        return absent;
    }
}
