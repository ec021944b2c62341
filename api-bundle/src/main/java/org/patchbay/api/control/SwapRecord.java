package org.patchbay.api.control;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One transition of a NIC from one endpoint to another.
 *
 * @param time when the new endpoint became current
 * @param nic the NIC's name
 * @param from name of the old endpoint; {@link #FALLBACK} if none was plugged
 * @param to name of the endpoint that is live after the transition, or {@link #FALLBACK}
 * @param generation the new plug's number
 * @param reason why
 * @param failure what went wrong, such as why another endpoint than the one asked for is live, or
 *     null
 * @param switchNanos nanoseconds for which the workers rested
 * @param blackoutNanos nanoseconds from the last packet through the old endpoint to the first
 *     through the new one, or -1 as long as none has passed
 * @param buffersReturned receive buffers taken back from the old endpoint
 * @param framesLost transmits in flight that were completed as lost
 */
public record SwapRecord(
    Instant time,
    String nic,
    String from,
    String to,
    long generation,
    SwapReason reason,
    @Nullable String failure,
    long switchNanos,
    long blackoutNanos,
    int buffersReturned,
    long framesLost) {

  /** Stands for the private fallback where an endpoint's name is expected. */
  public static final String FALLBACK = "-";
}
