using PixeeEvents.Accounts;
using PixeeEvents.Winddle.Wire;

namespace PixeeEvents.Winddle;

/// <summary>What a user may do to a product.</summary>
internal static class Roles
{
    /// <summary>Edit its fields, manage its variants, archive it: a company admin or its owner.</summary>
    public static bool CanManage(User user, long? owner) => user.IsAdmin || owner == user.Id;

    /// <summary>Nobody, while it is in use.</summary>
    public static bool CanDelete(User user, long? owner, bool isInUse) => CanManage(user, owner) && !isInUse;

    public static RefusedRequestException ManagersOnly() =>
        new(StatusCodes.Status403Forbidden, "This is for company admins and the product's owner.");
}
