namespace Speculative;

/// <summary>Work cut into tiles that can run in any order on any thread, with the same result.</summary>
interface ITiledJob
{
    /// <summary>Does one tile. It must not throw.</summary>
    /// <param name="tile">0 to the number of tiles - 1.</param>
    /// <param name="worker">The thread, 0 to <see cref="WorkerPool.Threads"/> - 1: chooses scratch memory, never results.</param>
    void RunTile(int tile, int worker);
}
