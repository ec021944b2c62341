package org.patchbay.disconnectable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.control.RestartReport;
import org.patchbay.api.control.Swap;
import org.patchbay.api.control.SwapReason;
import org.patchbay.api.control.SwapRecord;

/** One way from one plug to another, from its beginning to the stage's completion. Coordinator. */
final class Transition {

  private static final int MOST_DROPPED = 4;

  private final FacadeEndpoint from;
  private final FacadeEndpoint requested;
  private final SwapReason reason;
  private final @Nullable CompletableFuture<Swap> promise;
  private final Instant time = Instant.now();
  private final List<FacadeEndpoint> dropped = new ArrayList<>(1);
  private @Nullable String failure;
  private @Nullable EndpointException cause;
  private @Nullable RestartReport report;
  private boolean triedBack;

  Transition(
      FacadeEndpoint from,
      FacadeEndpoint requested,
      SwapReason reason,
      @Nullable String failure,
      @Nullable CompletableFuture<Swap> promise) {
    this.from = from;
    this.requested = requested;
    this.reason = reason;
    this.failure = failure;
    this.promise = promise;
  }

  FacadeEndpoint from() {
    return from;
  }

  /** The plugs that this transition ended, given the one that is current after it. */
  List<FacadeEndpoint> over(FacadeEndpoint live) {
    List<FacadeEndpoint> over = new ArrayList<>(dropped);
    if (from != live && !over.contains(from)) {
      over.add(from);
    }
    return over;
  }

  /** Notes that a plug could not be opened. */
  void drop(FacadeEndpoint plug, EndpointException why) {
    dropped.add(plug);
    if (cause == null) {
      cause = why;
    }
    failure = failure == null ? why.getMessage() : failure + "; " + why.getMessage();
  }

  /** True once: the old endpoint is tried before any other. */
  boolean mayTryBack() {
    boolean first = !triedBack;
    triedBack = true;
    return first;
  }

  /** Whether another substitute may be tried: guests wait for as long as all this takes. */
  boolean mayTryAnother() {
    return dropped.size() < MOST_DROPPED;
  }

  /** Whether it is a restart of the engine's own that changed nothing and was not reported. */
  boolean isUnreported(FacadeEndpoint live) {
    return reason == SwapReason.RESTARTED && report == null && failure == null && from == live;
  }

  void setReport(RestartReport restart) {
    report = restart;
  }

  @Nullable RestartReport report() {
    return report;
  }

  /** The record, with the blackout still unknown. */
  SwapRecord swapRecord(String nic, String to, long generation) {
    RestartReport known = report;
    return new SwapRecord(
        time,
        nic,
        from.name(),
        to,
        generation,
        reason,
        failure,
        known == null ? 0 : known.switchNanos(),
        -1,
        known == null ? 0 : known.buffersReturned(),
        known == null ? 0 : known.framesLost());
  }

  /** Tells whoever asked for the transition. */
  void complete(SwapRecord swap, FacadeEndpoint live) {
    if (promise == null) {
      return;
    }
    EndpointException why = cause;
    if (live == requested) {
      promise.complete(
          new Swap(swap, from == live || from.isAbandoned() ? null : from.lease().returned()));
    } else {
      promise.completeExceptionally(
          why != null
              ? why
              : new EndpointException(EndpointError.GONE, "endpoint " + requested.name()));
    }
  }
}
