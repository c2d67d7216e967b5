namespace PixeeEvents.Host.Running;

/// <summary>An advisory lock between processes. The kernel drops it with its holder, however that ends.</summary>
internal sealed class FileLock : IDisposable
{
    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    public static async Task<FileLock> Exclusive(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryExclusive(path) is { } held)
            {
                return held;
            }

            await Task.Delay(20, cancellationToken);
        }
    }

    public static FileLock? TryExclusive(string path)
    {
        // A missing directory or a refused access is an answer of its own; any other IOException means that it is held.
        try
        {
            return new FileLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException failure) when (failure is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException))
        {
            return null;
        }
    }

    /// <summary>Many may hold it at once; nobody gets it while one holds it exclusively.</summary>
    public static FileLock Shared(string path)
    {
        using (new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite))
        {
        }

        return new FileLock(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read));
    }

    public void Dispose() => _file.Dispose();
}
