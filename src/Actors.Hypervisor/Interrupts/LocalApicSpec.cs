namespace Actors.Hypervisor;

/// <summary>Registers of a local APIC: Intel SDM volume 3, chapter "Advanced Programmable Interrupt Controller", xAPIC mode.</summary>
internal static class LocalApicSpec
{
    public const int Size = 0x1000;
    public const int Id = 0x20;
    public const int Version = 0x30;
    public const int TaskPriority = 0x80;
    public const int ArbitrationPriority = 0x90;
    public const int ProcessorPriority = 0xA0;
    public const int EndOfInterrupt = 0xB0;
    public const int LogicalDestination = 0xD0;
    public const int DestinationFormat = 0xE0;
    public const int SpuriousVector = 0xF0;
    public const int InService = 0x100;
    public const int TriggerMode = 0x180;
    public const int InterruptRequest = 0x200;
    public const int ErrorStatus = 0x280;
    public const int LvtCmci = 0x2F0;
    public const int CommandLow = 0x300;
    public const int CommandHigh = 0x310;
    public const int LvtTimer = 0x320;
    public const int LvtThermal = 0x330;
    public const int LvtPerformance = 0x340;
    public const int LvtLint0 = 0x350;
    public const int LvtLint1 = 0x360;
    public const int LvtError = 0x370;
    public const int TimerInitialCount = 0x380;
    public const int TimerCurrentCount = 0x390;
    public const int TimerDivide = 0x3E0;

    /// <summary>Version 0x14, seven local vector table entries.</summary>
    public const uint VersionValue = 0x0006_0014;

    /// <summary>Spurious vector register: software enable.</summary>
    public const uint SoftwareEnable = 1 << 8;

    public const uint LvtMasked = 1 << 16;

    /// <summary>Vector, delivery mode, polarity, trigger, mask, timer mode.</summary>
    public const uint LvtWritable = 0x0007_A7FF;

    public const uint ErrorSendIllegalVector = 1 << 5;
    public const uint ErrorReceiveIllegalVector = 1 << 6;

    /// <summary>Vectors below belong to exceptions; an APIC refuses them.</summary>
    public const int FirstVector = 16;

    public const int DeliveryFixed = 0;
    public const int DeliveryLowestPriority = 1;
    public const int DeliveryNmi = 4;
    public const int DeliveryInit = 5;
    public const int DeliveryStartup = 6;
    public const int DeliveryExternal = 7;

    /// <summary>Command: level assert.</summary>
    public const uint CommandAssert = 1 << 14;

    /// <summary>Command: level triggered.</summary>
    public const uint CommandLevel = 1 << 15;

    /// <summary>Command: logical destination.</summary>
    public const uint CommandLogical = 1 << 11;

    /// <summary>Command: vector, delivery mode, destination mode, assert, trigger, shorthand. Delivery status stays 0 (idle).</summary>
    public const uint CommandWritable = 0x000C_CFFF;

    /// <summary>Physical destination that means all.</summary>
    public const byte Broadcast = 0xFF;
}
