namespace PixeeEvents.Host.Tests.Testing;

internal static class Waiting
{
    /// <param name="reached">What still is in the way; null when nothing is.</param>
    public static async Task Until(Func<Task<string?>> reached)
    {
        for (var tries = 0; await reached() is { } obstacle; tries++)
        {
            if (tries == 1500)
            {
                throw new TimeoutException(obstacle);
            }

            await Task.Delay(20);
        }
    }
}
