using Actors.Protocol;
using CsCheck;

namespace Actors.Cluster.Tests;

public sealed class TokenRaisesTests
{
    private static readonly FencingToken Beyond = new(ulong.MaxValue);

    [Theory]
    [InlineData(5, 4, "Tell")]
    [InlineData(5, 5, "Ask")]
    [InlineData(5, 9, "Ask")]
    [InlineData(5, ulong.MaxValue, "Impossible")]
    public void What_is_done_follows_from_what_the_vm_has_and_what_the_backend_remembers(ulong mine, ulong seen, string choice) =>
        Assert.Equal(choice, new TokenRaises().Weigh(new FencingToken(mine), new FencingToken(seen), ports: 1).ToString());

    [Fact]
    public void What_was_asked_for_already_is_asked_for_again_and_counts_once()
    {
        var raises = new TokenRaises();
        for (var i = 0; i < 1000; i++)
            Assert.Equal(RaiseChoice.Ask, raises.Weigh(new FencingToken(5), new FencingToken(9), ports: 1));
        Assert.Equal(1, raises.Count);
    }

    [Fact]
    public void Whatever_backends_remember_the_attempts_end_and_no_token_is_asked_for_that_leaves_no_room() =>
        Gen.Select(Gen.ULong.Array[0, 200], Gen.Int[1, 40]).Sample((seen, ports) =>
        {
            var raises = new TokenRaises();
            var mine = new FencingToken(1);
            var asked = new HashSet<ulong>();
            foreach (var one in seen)
            {
                var token = new FencingToken(one);
                if (raises.Weigh(mine, token, ports) != RaiseChoice.Ask)
                    continue;
                Assert.True(FenceTokens.CanPass(token));
                Assert.True(token >= mine);
                asked.Add(one);
                mine = new FencingToken(one + 1);
            }

            Assert.True(asked.Count <= TokenRaises.Most + ports);
        });

    [Fact]
    public void The_end_of_the_attempts_is_said_once_with_what_to_do()
    {
        var raises = new TokenRaises();
        Assert.Null(raises.Explain(RaiseChoice.Ask, new VmId(7), new FencingToken(9)));
        var sentence = raises.Explain(RaiseChoice.Impossible, new VmId(7), Beyond);
        Assert.StartsWith("vm-7: a backend remembers token 18446744073709551615, which no cluster can have given", sentence, StringComparison.Ordinal);
        Assert.Contains("remove NAME.owner", sentence, StringComparison.Ordinal);
        Assert.Null(raises.Explain(RaiseChoice.Impossible, new VmId(7), Beyond));
    }
}
