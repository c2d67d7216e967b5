namespace PixeeEvents.Winddle;

/// <summary>What the Winddle document leaves open: names and limits of ours. Section <c>Winddle</c> of the settings.</summary>
public sealed class WinddleOptions
{
    /// <summary>Query parameter that carries the token when no Authorization header does.</summary>
    public string TokenParameter { get; set; } = "token";

    /// <summary>Header in which the holder of a company token names the user to act for, by id or e-mail.</summary>
    public string ActingUserHeader { get; set; } = "X-Acting-User";

    /// <summary>Query parameter for the same.</summary>
    public string ActingUserParameter { get; set; } = "acting_user";

    /// <summary>Root element of XML answers that are no errors; Rails calls a hash without a name so.</summary>
    public string XmlRoot { get; set; } = "hash";

    /// <summary>Longest description taken, in characters.</summary>
    public int MaxDescription { get; set; } = 255;

    public int DefaultPerPage { get; set; } = 50;

    public int MaxPerPage { get; set; } = 200;
}
