package org.patchbay.disconnectable;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.control.NicSettings;
import org.patchbay.api.control.SwapReason;

/**
 * What a NIC takes by itself when endpoints leave, fail and return:
 *
 * <ul>
 *   <li>a plug that leaves or fails is followed by the best match of the failover filter, else by
 *       the fallback;
 *   <li>the wanted endpoint, when it is there again, is taken by a NIC on its fallback, and by one
 *       on a substitute only with failback;
 *   <li>a match that arrives is taken only by a NIC on its fallback which lost its plug;
 *   <li>an endpoint that failed is left alone until it registers anew or somebody plugs it.
 * </ul>
 *
 * <p>Any thread; the framework is called on the errands' threads.
 */
final class FailoverPolicy {

  private final NicSettings settings;
  private final EndpointSource source;
  private final PlugSet plugs;
  private final Errands errands;
  private final OperatorLog log;
  private final Consumer<Update> mailbox;
  private final Set<Long> distrusted = ConcurrentHashMap.newKeySet();
  // The services of which operators know that they are claimed or the like.
  private final Set<Long> passedOver = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean reconsidering = new AtomicBoolean();
  private volatile @Nullable String wanted;
  private volatile boolean wantedIsService;
  private volatile boolean bereft;
  private volatile boolean closed;
  // The live plug, and whether that is the fallback; told by the coordinator.
  private volatile String live = "";
  private volatile boolean onFallback = true;

  FailoverPolicy(
      NicSettings settings,
      EndpointSource source,
      PlugSet plugs,
      Errands errands,
      OperatorLog log,
      Consumer<Update> mailbox) {
    this.settings = settings;
    this.source = source;
    this.plugs = plugs;
    this.errands = errands;
    this.log = log;
    this.mailbox = mailbox;
  }

  /** Name of the endpoint that was last asked for, or null. */
  @Nullable String wanted() {
    return wanted;
  }

  /** Somebody asked for an endpoint, or with null for none. */
  void setWanted(@Nullable String name, boolean isService) {
    distrusted.clear();
    passedOver.clear();
    wantedIsService = isService;
    wanted = name;
  }

  /** The coordinator made a plug current. */
  void setLive(String name, boolean fallback) {
    live = name;
    onFallback = fallback;
  }

  /** Whether the NIC lost its plug, so that a match may take its place when it arrives. */
  void setBereft(boolean lost) {
    bereft = lost;
  }

  /** A service failed; it is not taken again by itself. */
  void distrust(long serviceId) {
    if (serviceId != Lease.NO_SERVICE) {
      distrusted.add(serviceId);
    }
  }

  /** As {@link #distrust(long)}, for the service that has a name now. */
  void distrust(String name) {
    EndpointSource.Match match = source.named(name);
    if (match != null) {
      distrust(match.serviceId());
    }
  }

  /** A service has gone, and its id is never used again. */
  void forget(long serviceId) {
    distrusted.remove(serviceId);
    passedOver.remove(serviceId);
  }

  void close() {
    closed = true;
  }

  /** Whether an update that this policy made still fits when its turn comes. */
  boolean stillFits(SwapReason reason, FacadeEndpoint plug) {
    return switch (reason) {
      case RETURNED -> wantsBack(plug.name()) && isTrusted(plug);
      case FAILED_OVER -> takesMatches() && isTrusted(plug);
      default -> true;
    };
  }

  private boolean isTrusted(FacadeEndpoint plug) {
    return !distrusted.contains(plug.lease().serviceId());
  }

  private boolean wantsBack(String name) {
    return name.equals(wanted)
        && wantedIsService
        && !name.equals(live)
        && (onFallback || settings.failback());
  }

  /**
   * Looks for a substitute by an errand.
   *
   * @param queues how many queues it must have at least
   * @return completes with a leased plug, or empty if there is none
   */
  CompletableFuture<Optional<FacadeEndpoint>> seekSubstitute(int queues) {
    String filter = settings.failoverFilter();
    if (filter == null || closed) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    return errands.compute(() -> Optional.ofNullable(substitute(filter, queues)), Optional.empty());
  }

  private @Nullable FacadeEndpoint substitute(String filter, int queues) {
    for (EndpointSource.Match match : source.matches(filter)) {
      if (closed) {
        return null;
      }
      if (distrusted.contains(match.serviceId()) || source.isTroubled(match.serviceId())) {
        continue;
      }
      FacadeEndpoint plug = tryLease(match);
      if (plug == null) {
        continue;
      }
      if (distrusted.contains(plug.lease().serviceId())
          || plug.capabilities().multiQueue().maxQueues() < queues) {
        plugs.discard(plug);
        continue;
      }
      return plug;
    }
    return null;
  }

  private @Nullable FacadeEndpoint tryLease(EndpointSource.Match match) {
    try {
      return plugs.lease(match.name());
    } catch (EndpointException e) {
      if (e.error() == EndpointError.BACKEND_FAILED) {
        distrust(match.serviceId()); // operators have a record
      } else if (passedOver.add(match.serviceId())) {
        log.info(
            "NIC "
                + settings.name()
                + " passes over endpoint "
                + match.name()
                + ": "
                + e.getMessage());
      }
      return null;
    }
  }

  /** Looks by an errand whether the NIC should take another plug by itself now. */
  void reconsider() {
    if (mayTakeAnother() && reconsidering.compareAndSet(false, true)) {
      errands.run(
          () -> {
            // Before looking, so that what changes from now on has somebody look again.
            reconsidering.set(false);
            look();
          });
    }
  }

  private boolean mayTakeAnother() {
    String name = wanted;
    return !closed && name != null && (wantsBack(name) || takesMatches());
  }

  private boolean takesMatches() {
    return onFallback && bereft && wanted != null && settings.failoverFilter() != null;
  }

  private void look() {
    String name = wanted;
    if (closed || name == null) {
      return;
    }
    if (wantsBack(name)) {
      EndpointSource.Match match = source.named(name);
      if (match != null && !distrusted.contains(match.serviceId())) {
        FacadeEndpoint plug = tryLease(match);
        if (plug != null) {
          mailbox.accept(new Update.Connect(plug, SwapReason.RETURNED, null));
          return;
        }
      }
    }
    String filter = settings.failoverFilter();
    if (filter != null && takesMatches()) {
      FacadeEndpoint plug = substitute(filter, 1);
      if (plug != null) {
        mailbox.accept(new Update.Connect(plug, SwapReason.FAILED_OVER, null));
      }
    }
  }
}
