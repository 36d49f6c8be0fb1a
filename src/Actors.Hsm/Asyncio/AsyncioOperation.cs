using Actors.Protocol;

namespace Actors.Hsm;

/// <summary>A change of the hypervisor's asyncio table on its way.</summary>
/// <param name="Id">Of SET_ASYNCIO.</param>
/// <param name="Assign">True to add.</param>
/// <param name="Descriptor">What.</param>
/// <param name="Order">The entry of the ioeventfd table, by its order.</param>
/// <param name="Requester">Who waits for the registration's result; null when nobody does (a reset asserts what is registered again).</param>
/// <param name="RequestId">Id of the registration.</param>
internal readonly record struct AsyncioOperation(long Id, bool Assign, AsyncioDescriptor Descriptor, long Order, object? Requester, long RequestId);
