using PixeeEvents.EventLog;

namespace PixeeEvents.Winddle.Wire;

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
