using Marten;

namespace PixeeEvents.EventLog;

/// <summary>Takes part in the units of work that have something follow their events.</summary>
public interface ICommitListener
{
    /// <summary>Before the save: what is stored in the session is committed with the events.</summary>
    /// <returns>Whether anything was.</returns>
    ValueTask<bool> Enlist(IDocumentSession session);

    /// <summary>After the commit, which nothing here can undo.</summary>
    /// <param name="enlisted">What <see cref="Enlist"/> answered.</param>
    ValueTask Committed(string tenant, bool enlisted);
}
