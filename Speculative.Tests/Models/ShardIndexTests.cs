namespace Speculative.Tests;

public sealed class ShardIndexTests
{
    const string First = """{"a":{"dtype":"F32","shape":[8],"data_offsets":[0,32]}}""",
        Second = """{"b":{"dtype":"F16","shape":[4,4],"data_offsets":[0,32]}}""";

    static TinyFolder Sharded(string map)
    {
        TinyFolder tiny = new();
        tiny.Delete("model.safetensors");
        tiny.Write("one.safetensors", TinyFolder.Weights(First));
        tiny.Write("two.safetensors", TinyFolder.Weights(Second));
        tiny.Write("model.safetensors.index.json", $$$"""{"metadata":{},"weight_map":{{{map}}}}""");
        return tiny;
    }

    [Fact]
    public void Open_Shards_FindsEachTensor()
    {
        using TinyFolder tiny = Sharded("""{"a":"one.safetensors","b":"two.safetensors"}""");
        using ModelFolder folder = tiny.Open();
        Assert.Equal(ElementType.F32, folder.GetWeight("a", 1, 8).Type);
        Assert.Equal(ElementType.F16, folder.GetWeight("b", 4, 4).Type);
    }

    [Theory]
    [InlineData("""{"a":"three.safetensors"}""", "three.safetensors")]
    [InlineData("""{"a":"two.safetensors"}""", "two.safetensors: a:")]
    [InlineData("""{"a":"../one.safetensors"}""", "../one.safetensors")]
    [InlineData("""{"a":"/etc/passwd"}""", "/etc/passwd")]
    [InlineData("""{"a":"sub/one.safetensors"}""", "sub/one.safetensors")]
    [InlineData("""{"a":"..\\one.safetensors"}""", "one.safetensors")]
    [InlineData("""{"a":"C:one.safetensors"}""", "C:one")]
    [InlineData("""{"a":".."}""", "..")]
    [InlineData("""{"a":""}""", "weight_map[a]")]
    [InlineData("""{"a":1}""", "a string")]
    [InlineData("""["a"]""", "an object")]
    public void Open_WrongIndex_NamesTheEntry(string map, string named)
    {
        using TinyFolder tiny = Sharded(map);
        Assert.Contains(named, Assert.Throws<ModelFormatException>(tiny.Open).Message);
    }

    [Fact]
    public void Open_LinkOutOfTheFolder_IsRefused()
    {
        using TinyFolder tiny = Sharded("""{"a":"link.safetensors"}"""), other = Sharded("{}");
        if (!TryLink(Path.Combine(tiny.Folder, "link.safetensors"), Path.Combine(other.Folder, "one.safetensors")))
            Assert.Skip("This account may not make links.");
        Assert.Contains("link.safetensors", Assert.Throws<ModelFormatException>(tiny.Open).Message);
        tiny.Delete("link.safetensors");
        TryLink(Path.Combine(tiny.Folder, "link.safetensors"), "one.safetensors");
        using ModelFolder folder = tiny.Open();
        Assert.Equal(8, folder.GetWeight("a", 1, 8).Columns);
    }

    [Fact]
    public void Open_HubCacheLayout_FollowsLinksToTheModelsBlobs()
    {
        using TinyFolder blob = new();
        string snapshot = Path.Combine(blob.Folder, "snapshots", "1234");
        Directory.CreateDirectory(snapshot);
        Directory.CreateDirectory(Path.Combine(blob.Folder, "blobs"));
        blob.Write(Path.Combine("blobs", "cafe"), TinyFolder.Weights(First));
        blob.Write(Path.Combine("snapshots", "1234", "config.json"), TinyFolder.Config);
        blob.Write(Path.Combine("snapshots", "1234", ShardIndex.FileName), """{"weight_map":{"a":"one.safetensors"}}""");
        if (!TryLink(Path.Combine(snapshot, "one.safetensors"), "../../blobs/cafe"))
            Assert.Skip("This account may not make links.");
        using ModelFolder folder = ModelFolder.Open(snapshot);
        Assert.Equal(8, folder.GetWeight("a", 1, 8).Columns);
        // A link to the snapshot, and one to a folder above it: the blobs are found from where it really lies.
        using TinyFolder elsewhere = new();
        TryLink(Path.Combine(elsewhere.Folder, "model"), snapshot);
        TryLink(Path.Combine(elsewhere.Folder, "cache"), blob.Folder);
        foreach (string path in (string[])["model", Path.Combine("cache", "snapshots", "1234")])
        {
            using ModelFolder linked = ModelFolder.Open(Path.Combine(elsewhere.Folder, path));
            Assert.Equal(8, linked.GetWeight("a", 1, 8).Columns);
        }
        blob.Write("secret", TinyFolder.Weights(First));
        File.Delete(Path.Combine(snapshot, "one.safetensors"));
        TryLink(Path.Combine(snapshot, "one.safetensors"), "../../secret");
        Assert.Contains("not a link to", Assert.Throws<ModelFormatException>(
            () => ModelFolder.Open(Path.Combine(elsewhere.Folder, "model"))).Message, StringComparison.Ordinal);
    }

    static bool TryLink(string path, string target)
    {
        try
        {
            File.CreateSymbolicLink(path, target);
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
