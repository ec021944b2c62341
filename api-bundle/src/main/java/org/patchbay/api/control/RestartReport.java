package org.patchbay.api.control;

import java.util.function.LongSupplier;

/**
 * How an engine's restart of its queues went.
 *
 * @param buffersReturned receive buffers that the old queues held and the engine took back
 * @param framesLost transmits that were in flight and had to be completed as lost
 * @param switchNanos nanoseconds from the halt of the workers to their start with new queues
 * @param blackoutNanos nanoseconds from the last packet through the old queues to the first through
 *     the new ones, or -1 as long as none has passed; any thread may ask
 */
public record RestartReport(
    int buffersReturned, long framesLost, long switchNanos, LongSupplier blackoutNanos) {}
