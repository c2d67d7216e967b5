using Spectre.Console;

namespace PixeeEvents.Host.Cli;

/// <summary>Where commands show what changes or has colours: nothing but text goes to a file or a pipe, in lines of any length.</summary>
internal static class Terminal
{
    public static IAnsiConsole Console { get; } = To(System.Console.Out, System.Console.IsOutputRedirected);

    /// <param name="isRedirected">It is no terminal that reads it, whatever the environment says of one.</param>
    public static IAnsiConsole To(TextWriter output, bool isRedirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = isRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = isRedirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = isRedirected ? InteractionSupport.No : InteractionSupport.Detect,

            // What a build server is known to show says nothing of a file.
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = !isRedirected },
        });
        if (isRedirected)
        {
            console.Profile.Width = short.MaxValue;
        }

        return console;
    }
}
