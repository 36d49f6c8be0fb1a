using System.Buffers.Binary;
using System.Text;
using Actors.Protocol;

namespace Actors.Guest.Tests;

/// <summary>What the console does with its queues: control messages, input, output, interrupts.</summary>
internal sealed partial class ModelConsole
{
    private void Kick(int queue)
    {
        if (queue < _queues.Length)
        {
            _queues[queue].Kicks++;
            _kicked[queue] = true;
        }
    }

    private byte TakeIsr()
    {
        var isr = _isr;
        _isr = 0;
        _machine.SetLine(_gsi, false);
        return isr;
    }

    private void Interrupt(ModelQueue queue)
    {
        if (!queue.TakeInterruptWish())
            return;
        if (MsixOn)
        {
            SendVector(queue.Vector);
            return;
        }

        _isr |= VirtioPciSpec.IsrQueue;
        _machine.SetLine(_gsi, true);
    }

    private void InterruptConfig()
    {
        if (MsixOn)
        {
            SendVector(_configVector);
            return;
        }

        _isr |= VirtioPciSpec.IsrConfig;
        _machine.SetLine(_gsi, true);
    }

    private void SendVector(ushort vector)
    {
        if (vector == VirtioPciSpec.NoVector)
            return;
        var entry = _msix.AsSpan(16 * vector, 16);
        Assert.Equal(0, entry[12] & 1);
        _machine.SendMsi(BinaryPrimitives.ReadUInt64LittleEndian(entry), BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]));
    }

    private bool SendMessages()
    {
        if (_queues.Length <= 2)
            return false;
        var queue = _queues[VirtioConsoleSpec.ControlReceive];
        var moved = false;
        while (_messages.Count != 0 && _kicked[VirtioConsoleSpec.ControlReceive] && queue.HasAvailable)
        {
            var (head, segments) = queue.Pop();
            var message = _messages.Dequeue();
            Assert.True(segments[0].Write && segments[0].Length >= message.Length);
            _machine.Memory.TryWrite(segments[0].Address, message);
            queue.Push(head, (uint)message.Length);
            moved = true;
        }

        Interrupt(queue);
        return moved;
    }

    private bool TakeControl(ModelQueue queue)
    {
        var moved = false;
        while (queue.HasAvailable)
        {
            var (head, segments) = queue.Pop();
            Assert.Single(segments);
            Assert.False(segments[0].Write);
            Assert.Equal(8u, segments[0].Length);
            var message = new byte[8];
            _machine.Memory.TryRead(segments[0].Address, message);
            HandleControl(BinaryPrimitives.ReadUInt32LittleEndian(message), message[4], message[6]);
            queue.Push(head, 0);
            moved = true;
        }

        Interrupt(queue);
        return moved;
    }

    private void HandleControl(uint id, int kind, byte value)
    {
        var name = kind switch { 0 => "DEVICE_READY", 3 => "PORT_READY", 6 => "PORT_OPEN", _ => "?" };
        ControlFromGuest.Add(id == VirtioConsoleSpec.BadId ? $"{name} {value}" : $"{name} {id} {value}");
        switch (kind)
        {
            case VirtioConsoleSpec.DeviceReady:
                for (var i = 0; i < Ports.Length; i++)
                {
                    Send((uint)i, VirtioConsoleSpec.DeviceAdd, 1);
                    Send((uint)i, VirtioConsoleSpec.PortName, 1, Encoding.UTF8.GetBytes(Ports[i].Name));
                    if (Ports[i].HostOpen)
                        Send((uint)i, VirtioConsoleSpec.PortOpen, 1);
                }

                break;
            case VirtioConsoleSpec.PortReady when id < Ports.Length:
                Ports[id].Ready = true;
                if (Ports[id].IsConsole)
                    Send(id, VirtioConsoleSpec.ConsolePort, 1);
                break;
            case VirtioConsoleSpec.PortOpen when id < Ports.Length:
                Ports[id].GuestOpen = value != 0;
                if (value == 0 && Ports[id].CloseAtEnd && !Ports[id].HostOpen)
                    Send(id, VirtioConsoleSpec.DeviceRemove, 0);
                break;
        }
    }

    private bool Feed(ModelQueue queue, ModelPort port, int id)
    {
        var moved = false;
        for (var chains = 0; chains < ChainsPerPump && port.HostOpen && port.Input.Count != 0 && queue.HasAvailable; chains++)
        {
            var (head, segments) = queue.Pop();
            moved = true;
            if (HostileReceive is not null)
            {
                HostileReceive(queue, head);
                continue;
            }

            uint written = 0;
            foreach (var (address, length, write) in segments)
            {
                Assert.True(write);
                var piece = new byte[Math.Min((int)length, port.Input.Count)];
                for (var i = 0; i < piece.Length; i++)
                    piece[i] = port.Input.Dequeue();
                Assert.True(_machine.Memory.TryWrite(address, piece));
                written += (uint)piece.Length;
            }

            queue.Push(head, written);
        }

        Interrupt(queue);
        if (port.CloseAtEnd && port.Input.Count == 0 && port.HostOpen)
        {
            port.HostOpen = false;
            Send((uint)id, VirtioConsoleSpec.PortOpen, 0);
            moved = true;
        }

        return moved;
    }

    private bool Drain(ModelQueue queue, ModelPort port)
    {
        var moved = false;
        for (var chains = 0; chains < ChainsPerPump && queue.HasAvailable; chains++)
        {
            var (head, segments) = queue.Pop();
            moved = true;
            foreach (var (address, length, write) in segments)
            {
                Assert.False(write);
                var piece = new byte[length];
                Assert.True(_machine.Memory.TryRead(address, piece));
                port.Output.Write(piece);
            }

            if (HostileTransmit is not null)
            {
                HostileTransmit(queue, head);
            }
            else
            {
                queue.Push(head, 0);
            }
        }

        Interrupt(queue);
        return moved || queue.HasAvailable;
    }
}
