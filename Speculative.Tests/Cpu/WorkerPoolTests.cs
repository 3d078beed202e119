namespace Speculative.Tests;

public sealed class WorkerPoolTests
{
    /// <summary>Also the tiles of other threads: there nobody would catch it.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Run_ATileThrows_AllOthersAreDoneAndTheCallerHearsOfIt(int threads)
    {
        using WorkerPool pool = new(threads);
        Job job = new(64);
        for (int failing = 0; failing < 64; failing += 9)
        {
            job.Failing = failing;
            Assert.Equal($"tile {failing}", Assert.Throws<InsufficientMemoryException>(() => pool.Run(job, 64)).Message);
            if (threads > 1)
                Assert.All(Enumerable.Range(0, 64), tile => Assert.Equal(tile == failing ? 0 : 1, job.Take(tile)));
            job.Failing = -1;
            job.Clear();
            pool.Run(job, 64);
            Assert.All(Enumerable.Range(0, 64), tile => Assert.Equal(1, job.Take(tile)));
        }
    }

    sealed class Job(int tiles) : ITiledJob
    {
        readonly int[] runs = new int[tiles];

        public int Failing { get; set; }

        public void RunTile(int tile, int worker)
        {
            if (tile == Failing)
                throw new InsufficientMemoryException($"tile {tile}");
            Interlocked.Increment(ref runs[tile]);
        }

        /// <summary>How often a tile has run since it was last asked.</summary>
        public int Take(int tile) => Interlocked.Exchange(ref runs[tile], 0);

        public void Clear() => Array.Clear(runs);
    }
}
