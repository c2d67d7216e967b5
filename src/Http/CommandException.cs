namespace PixeeEvents.Http;

/// <summary>A command cannot do what it was asked; the message is for the person who asked.</summary>
internal sealed class CommandException(string message) : Exception(message);
