using System.Globalization;
using PixeeEvents.Catalog.Planning;
using PixeeEvents.Winddle.Wire;

namespace PixeeEvents.Winddle.Projects;

/// <summary>What a body says of the plain details of a project or line: a text each, or nothing to clear it.</summary>
internal sealed class PlanDetails
{
    private const int AnyLength = 10_000;

    private readonly Dictionary<string, string?> _given;

    private PlanDetails(Dictionary<string, string?> given) => _given = given;

    public static PlanDetails Read(Input input, IReadOnlyList<string> names) => new(names.Where(input.Has).ToDictionary(
        n => n, n => n == Project.TermsValidatedAt ? Time(input, n) : input.Text(n, AnyLength), StringComparer.Ordinal));

    public IReadOnlyDictionary<string, string> Over(IReadOnlyDictionary<string, string> before)
    {
        var after = new Dictionary<string, string>(before, StringComparer.Ordinal);
        foreach (var (name, text) in _given)
        {
            if (text is null)
            {
                after.Remove(name);
            }
            else
            {
                after[name] = text;
            }
        }

        return after;
    }

    private static string? Time(Input input, string name)
    {
        if (input.Text(name) is not { } text)
        {
            return null;
        }

        if (DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
        {
            return time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        }

        input.Errors.Add(name, Errors.Invalid);
        return null;
    }
}
