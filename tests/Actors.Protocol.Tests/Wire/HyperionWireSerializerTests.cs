using System.Collections.Immutable;
using System.Runtime.Serialization;
using Akka.Actor;

namespace Actors.Protocol.Tests.Wire;

public sealed class HyperionWireSerializerTests(WireSystem wire) : IClassFixture<WireSystem>
{
    private static readonly UpcallHop.Upcall Upcall = new(new VmId(7), 1, 0xF3, new IoRequest(0, 1, IoAccess.Out(0x2010, 2, 1)), default);

    public static TheoryData<string> Messages => [.. WireTypes.Messages.Select(type => type.FullName!)];

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_comes_back_as_it_went(string name)
    {
        var message = Sample(name);

        var bytes = wire.Serializer.ToBinary(message);
        var back = wire.Serializer.FromBinary(bytes, typeof(object));

        SampleMessages.AssertSame(message, back);
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_cut_short_anywhere_is_refused(string name)
    {
        var bytes = wire.Serializer.ToBinary(Sample(name));

        for (var length = 0; length < bytes.Length; length++)
            AssertRefused(bytes[..length]);
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_followed_by_anything_is_refused(string name) => AssertRefused([.. wire.Serializer.ToBinary(Sample(name)), 0]);

    [Fact]
    public void Akka_finds_the_serializer_for_a_wire_message()
    {
        var serializer = wire.System.Serialization.FindSerializerFor(Upcall);

        Assert.IsType<HyperionWireSerializer>(serializer);
        Assert.Equal(1702, serializer.Identifier);
    }

    [Fact]
    public void A_default_array_an_empty_one_and_a_full_one_stay_what_they_are()
    {
        Assert.True(Through(Upcall).AlsoPending.IsDefault);
        Assert.True(Through(Upcall with { AlsoPending = [] }).AlsoPending is { IsDefault: false, IsEmpty: true });
        Assert.Equal([Upcall.Request, Upcall.Request], Through(Upcall with { AlsoPending = [Upcall.Request, Upcall.Request] }).AlsoPending.AsEnumerable());
    }

    [Fact]
    public void An_actor_is_found_again_on_the_other_side()
    {
        var created = Through(new ControlHop.VmCreated(1, new VmId(7), 1, Errno.Ok, wire.Actor));

        Assert.Equal(wire.Actor, created.Actor);
    }

    [Fact]
    public void Nobody_and_null_stay_apart()
    {
        Assert.Null(Through(new ControlHop.VmCreated(1, new VmId(7), 1, Errno.NoMemory, null)).Actor);
        Assert.Same(ActorRefs.Nobody, Through(new ControlHop.VmCreated(1, new VmId(7), 1, Errno.NoMemory, ActorRefs.Nobody)).Actor);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(253)]
    [InlineData(254)]
    [InlineData(255)]
    [InlineData(70_000)]
    public void Text_of_any_length_survives(int length)
    {
        var reason = new string('é', length / 2) + new string('x', length % 2);

        Assert.Equal(reason, Through(new MachineHop.VmRefused(new VmId(7), reason)).Reason);
    }

    [Fact]
    public void A_null_where_none_may_be_is_refused_by_the_reader() =>
        AssertRefused(wire.Serializer.ToBinary(new MachineHop.VmRefused(new VmId(7), null!)));

    [Fact]
    public void A_value_that_an_enum_doesn_t_have_is_refused_by_the_reader() =>
        AssertRefused(wire.Serializer.ToBinary(new GuestHop.IoCompletion(1, 1, 0, (IoOutcome)77)));

    [Fact]
    public void A_type_outside_the_list_is_not_written()
    {
        Assert.Throws<SerializationException>(() => wire.Serializer.ToBinary("text"));
        Assert.Throws<SerializationException>(() => wire.Serializer.ToBinary(new VmId(7)));
        Assert.Throws<SerializationException>(() => wire.Serializer.ToBinary(new Stranger()));
        Assert.Throws<SerializationException>(() => wire.Serializer.ToBinary(null!));
    }

    [Fact]
    public void A_message_larger_than_the_bound_is_neither_written_nor_read()
    {
        var text = new string('x', WireLimits.MaxMessageBytes);

        Assert.Throws<SerializationException>(() => wire.Serializer.ToBinary(new MachineHop.VmRefused(new VmId(7), text)));
        AssertRefused(new byte[WireLimits.MaxMessageBytes + 1]);
    }

    [Fact]
    public void A_message_of_another_build_is_refused()
    {
        var bytes = wire.Serializer.ToBinary(Upcall);
        bytes[0] ^= 1;

        AssertRefused(bytes);
    }

    [Fact]
    public void A_part_of_a_message_is_not_a_message()
    {
        Assert.True(WireTypes.TryNumber(typeof(VmId), out var number));
        var bytes = wire.Serializer.ToBinary(Upcall);

        AssertRefused([.. bytes[..4], WireManifest.Numbered, (byte)number, (byte)(number >> 8), 7, 0, 0, 0]);
    }

    [Theory]
    [InlineData("System.Diagnostics.Process, System.Diagnostics.Process")]
    [InlineData("Actors.Protocol.VmId, Actors.Protocol")]
    public void A_type_by_its_name_is_refused(string name)
    {
        var header = wire.Serializer.ToBinary(Upcall)[..4];
        var text = System.Text.Encoding.UTF8.GetBytes(name);

        AssertRefused([.. header, 255, .. BitConverter.GetBytes(text.Length), .. text, 0, 0, 0, 0]);
    }

    [Fact]
    public void A_length_that_lies_costs_nothing()
    {
        Assert.True(WireTypes.TryNumber(typeof(MachineHop.VmRefused), out var number));
        var header = wire.Serializer.ToBinary(Upcall)[..4];
        byte[] bytes = [.. header, WireManifest.Numbered, (byte)number, (byte)(number >> 8), 255, 0xFF, 0xFF, 0xFF, 0x7F, 1, 2, 3];
        AssertRefused(bytes);

        var before = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused(bytes);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 * 1024);
    }

    [Fact]
    public void Two_systems_on_one_thread_keep_their_actors_apart()
    {
        using var other = new WireSystem();
        var bytes = wire.Serializer.ToBinary(new ControlHop.VmCreated(1, new VmId(7), 1, Errno.Ok, wire.Actor));

        var there = (ControlHop.VmCreated)other.Serializer.FromBinary(bytes, typeof(object));
        var here = (ControlHop.VmCreated)wire.Serializer.FromBinary(bytes, typeof(object));

        Assert.Equal(other.Actor.Path.ToStringWithoutAddress(), there.Actor!.Path.ToStringWithoutAddress());
        Assert.Equal(wire.Actor, here.Actor);
    }

    private object Sample(string name) => new SampleMessages(wire.Actor).Of(typeof(IWireMessage).Assembly.GetType(name, throwOnError: true)!);

    private T Through<T>(T message)
        where T : IWireMessage => (T)wire.Serializer.FromBinary(wire.Serializer.ToBinary(message), typeof(T));

    private void AssertRefused(byte[] bytes) => Assert.Throws<SerializationException>(() => wire.Serializer.FromBinary(bytes, typeof(object)));

    private sealed record Stranger : IWireMessage;
}
