using System.CommandLine;
using System.Reflection;

namespace PixeeEvents.Host.Cli;

/// <summary>Prints how systemd runs this installation.</summary>
internal static class SystemdUnitCommand
{
    public static Command Create()
    {
        var user = new Option<string>("--user") { Description = "The account it runs as", DefaultValueFactory = _ => "pixee" };
        var settings = new Option<string>("--settings")
        {
            Description = "The file with its settings, one NAME=value a line",
            DefaultValueFactory = _ => "/etc/pixee.env",
        };
        var command = new Command("systemd-unit", "Prints a systemd unit that runs this installation; see docs/operations.md")
        {
            user, settings,
        };
        command.SetAction(async (arguments, _) => await Console.Out.WriteAsync(
            Unit(Environment.ProcessPath!, arguments.GetRequiredValue(user), arguments.GetRequiredValue(settings))));
        return command;
    }

    private static string Unit(string dotnet, string user, string settings) =>
        $"""
         [Unit]
         Description=PixeeEvents, a product-data hub
         Wants=network-online.target
         After=network-online.target postgresql.service

         [Service]
         Type=exec
         User={user}
         # ConnectionStrings__Postgres and the other settings; only root needs to read it.
         EnvironmentFile=-{settings}
         Environment=PIXEE_DATA=/var/lib/pixee
         StateDirectory=pixee
         ExecStart="{dotnet}" "{Assembly.GetEntryAssembly()!.Location}" run
         Restart=always
         RestartSec=2
         # Calls under way are answered and webhooks under way are handed back.
         TimeoutStopSec=60
         NoNewPrivileges=yes
         ProtectSystem=full
         ProtectHome=read-only
         ProtectControlGroups=yes
         ProtectKernelModules=yes
         ProtectKernelTunables=yes
         RestrictSUIDSGID=yes

         [Install]
         WantedBy=multi-user.target

         """;
}
