using PixeeEvents.Accounts;
using PixeeEvents.Winddle.Files;

namespace PixeeEvents.Winddle;

/// <summary>On whose behalf a call runs: the token, and the user it speaks for or has named.</summary>
/// <param name="Files">Where the user finds the company's files.</param>
public sealed record CurrentUser(Token Token, User User, FileLinks Files)
{
    public string Tenant => User.Tenant;

    public long Id => User.Id;
}
