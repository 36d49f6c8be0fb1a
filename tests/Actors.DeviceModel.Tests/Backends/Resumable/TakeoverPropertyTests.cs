using Actors.Protocol;
using CsCheck;

namespace Actors.DeviceModel.Tests;

/// <summary>
/// Writers that crash, stall, are taken over and wake up again, in every order that chance finds: what is at the other end is always a prefix of what the guest
/// sent, and all of it when the last owner is done.
/// </summary>
[Collection(BackendCollection.Name)]
public sealed class TakeoverPropertyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private int _runs;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_the_guest_s_stream_whoever_wrote_it() => Gen.Byte.Array[0, 200].Sample(
        script =>
        {
            var path = _folder[$"f{Interlocked.Increment(ref _runs)}"];
            Run(
                script,
                token => (IResumableBackend)FencedFileBackend.Open(Ports.Of(BackendKind.File, path), new BackendSignals(), new FencingToken(token)),
                () => File.ReadAllBytes(path));
        },
        iter: 300,
        threads: 1);

    [Fact]
    public void A_shared_stream_in_memory_is_the_guest_s_stream_whoever_wrote_it() => Gen.Byte.Array[0, 400].Sample(script =>
    {
        var streams = new SharedStreams();
        var factory = new MemoryBackendFactory(streams: streams);
        Run(
            script,
            token => (IResumableBackend)factory.Open(Ports.Of(BackendKind.Memory), new BackendSignals(), new BackendOwner(new VmId(1), new FencingToken(token))),
            () => streams[new VmId(1), "tty0"].Written());
    });

    /// <summary>Each byte of the script is a step: somebody (of all who ever were owners) writes, or somebody new takes over.</summary>
    private static void Run(byte[] script, Func<ulong, IResumableBackend> open, Func<byte[]> written)
    {
        var guest = new byte[4096];
        new Random(1).NextBytes(guest);
        var writers = new List<Writer> { new(open(1)) };
        try
        {
            foreach (var step in script)
            {
                if (step % 8 == 0 && writers.Count < 12)
                {
                    // The record may be behind the stream, never ahead: what is repeated must not be doubled.
                    var next = open((ulong)writers.Count + 1);
                    writers.Add(new Writer(next) { At = Math.Max(0, next.Position!.Value - step) });
                    continue;
                }

                var who = step % 3 == 0 ? writers[step / 8 % writers.Count] : writers[^1];
                var length = Math.Min(1 + (step % 61), guest.Length - who.At);
                var result = who.Backend.TryWriteAt(who.At, guest.AsSpan((int)who.At, (int)length));
                if (ReferenceEquals(who, writers[^1]))
                    Assert.Equal(BackendStatus.Done, result.Status);
                else
                    Assert.True(result.Status == BackendStatus.Failed || who.At + result.Count <= writers[^1].Backend.Position, "a zombie wrote");
                who.At += result.Count;
                Assert.True(guest.AsSpan().StartsWith(written()), "the stream is not the guest's");
            }

            var last = writers[^1];
            while (last.At < guest.Length)
                last.At += last.Backend.TryWriteAt(last.At, guest.AsSpan((int)last.At)).Count;
            Assert.Equal(guest, written());
        }
        finally
        {
            writers.ForEach(writer => writer.Backend.Dispose());
        }
    }

    private sealed class Writer(IResumableBackend backend)
    {
        public IResumableBackend Backend { get; } = backend;

        public long At { get; set; }
    }
}
