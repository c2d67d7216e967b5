using PixeeEvents.Winddle;
using PixeeEvents.Winddle.Wire;
using PixeeEvents.WinDev;


namespace PixeeEvents.Host.Http;

/// <summary>Which face a path belongs to, for whatever is refused before the face sees it.</summary>
internal sealed class Faces(TimeProvider time)
{
    private readonly WinDev.Wire.Refusals _windev = new();
    private readonly RefusedAnswers _winddle = new();
    private readonly ApiErrors _others = new(time);

    public IRefusals Of(PathString path) => WinDevApi.Owns(path) ? _windev : WinddleApi.Owns(path) ? _winddle : _others;
}
