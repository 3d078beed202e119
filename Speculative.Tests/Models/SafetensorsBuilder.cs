using System.Buffers.Binary;
using System.Text;

namespace Speculative.Tests;

/// <summary>Writes safetensors files, valid ones and others.</summary>
static class SafetensorsBuilder
{
    /// <summary>A file with this header and as many bytes of data.</summary>
    public static byte[] File(string header, int dataLength, ulong? headerLength = null)
    {
        byte[] json = Encoding.UTF8.GetBytes(header), file = new byte[8 + json.Length + dataLength];
        BinaryPrimitives.WriteUInt64LittleEndian(file, headerLength ?? (ulong)json.Length);
        json.CopyTo(file, 8);
        for (int i = 0; i < dataLength; i++)
            file[8 + json.Length + i] = (byte)i;
        return file;
    }

    /// <summary>The header entry of a tensor.</summary>
    public static string Entry(string name, string type, string shape, long begin, long end) =>
        $"\"{name}\":{{\"dtype\":\"{type}\",\"shape\":{shape},\"data_offsets\":[{begin},{end}]}}";
}
