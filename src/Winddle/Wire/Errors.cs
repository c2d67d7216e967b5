namespace PixeeEvents.Winddle.Wire;

/// <summary>What is wrong with a call, by field; what concerns the whole stands under <see cref="Whole"/>.</summary>
internal sealed class Errors
{
    public const string Whole = "base";

    public const string Blank = "can't be blank";

    public const string Taken = "has already been taken";

    public const string Invalid = "is invalid";

    public const string Unknown = "does not exist";

    private readonly List<(string Field, string Message)> _all = [];

    public IReadOnlyList<(string Field, string Message)> All => _all;

    public void Add(string field, string message) => _all.Add((field, message));

    /// <exception cref="RefusedRequestException">422, when there is any.</exception>
    public void ThrowIfAny()
    {
        if (_all.Count > 0)
        {
            throw new RefusedRequestException(StatusCodes.Status422UnprocessableEntity, this);
        }
    }

    /// <summary>As a sentence: <c>target_store_date is invalid</c> becomes <c>Target store date is invalid</c>.</summary>
    public static string Sentence(string field, string message) =>
        field is Whole or "" ? message : $"{char.ToUpperInvariant(field[0])}{field[1..].Replace('_', ' ')} {message}";
}

/// <summary>A call that is refused as a whole.</summary>
internal sealed class RefusedRequestException : RefusedCallException
{
    public RefusedRequestException(int status, string message)
        : base(status, message)
    {
        Errors.Add(Errors.Whole, message);
    }

    public RefusedRequestException(int status, Errors errors)
        : base(status, string.Join("; ", errors.All.Select(e => Errors.Sentence(e.Field, e.Message)))) =>
        Errors = errors;

    public Errors Errors { get; } = new();
}
