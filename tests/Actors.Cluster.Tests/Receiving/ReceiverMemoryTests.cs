using System.Net.Sockets;
using Actors.DeviceModel;

namespace Actors.Cluster.Tests;

/// <summary>What peers can make a receiver hold. It measures the process's memory, so it runs beside no other test.</summary>
[Collection(Name)]
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ReceiverMemoryTests
{
    private const string Name = "Memory of this process";

    [Fact]
    public void A_huge_frame_is_never_given_a_buffer()
    {
        using var rig = new ReceiverRig();
        var sockets = new List<Socket>();
        try
        {
            var before = GC.GetTotalMemory(forceFullCollection: true);
            for (var i = 0; i < 200; i++)
            {
                var socket = rig.Greet(0, out _, port: $"p{i}");
                var frame = new byte[StreamSpec.FrameSize];
                StreamSpec.WriteFrame(frame, new StreamFrame(StreamSpec.Data, StreamStatus.Accepted, StreamSpec.MaxData, 0));
                socket.Send(frame);
                sockets.Add(socket);
            }

            Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 200L * StreamSpec.MaxData / 4);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }
}
