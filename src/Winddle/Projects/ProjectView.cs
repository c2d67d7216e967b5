using System.Globalization;
using PixeeEvents.Accounts;
using PixeeEvents.Catalog.Planning;
using PixeeEvents.Winddle.Wire;

namespace PixeeEvents.Winddle.Projects;

/// <summary>Projects with the people and seasons they name, for the user who looks.</summary>
internal sealed record ProjectView(User Caller, Dictionary<long, User> Users, Dictionary<long, string> SeasonCodes)
{
    public static bool CanManage(User user, Project project) => user.IsAdmin || project.Owner == user.Id;

    public void Write(ResourceWriter writer, Project project)
    {
        writer.Integer("id", project.Id);
        writer.Text("name", project.Name);
        writer.Text("source_id", project.SourceId);
        writer.Text("reference", project.Reference);
        writer.Text("company_id", Caller.Tenant);
        writer.Boolean("archived", project.Archived);
        writer.Integer("season", project.Season);
        writer.Text("season_code", project.Season is { } season ? SeasonCodes.GetValueOrDefault(season) : null);
        foreach (var name in Project.DetailNames)
        {
            WriteDetail(writer, name, project.Details.GetValueOrDefault(name));
        }

        UserEndpoint.WriteBrief(writer, "owner", Users[project.Owner]);
        writer.List("members", "member", project.Members.Select(m => Users[m]), user => UserEndpoint.WriteBrief(writer, user));
        writer.Boolean("can_manage", CanManage(Caller, project));
        writer.Time("created_at", project.CreatedAt);
        writer.Time("updated_at", project.UpdatedAt);
    }

    private static void WriteDetail(ResourceWriter writer, string name, string? text)
    {
        if (name == Project.TermsValidatedAt)
        {
            writer.Time(name, text is null ? null : DateTimeOffset.Parse(text, CultureInfo.InvariantCulture));
        }
        else
        {
            writer.Text(name, text);
        }
    }
}
