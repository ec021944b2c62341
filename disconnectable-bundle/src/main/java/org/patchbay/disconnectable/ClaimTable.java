package org.patchbay.disconnectable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who holds which endpoint services: NICs, and wrappers. A service that is not a prototype has one
 * holder. A NIC may claim again what it has, as when it is plugged anew, and gives up each claim; a
 * wrapper may not. Any thread.
 */
final class ClaimTable {

  // Holders by service id, with one entry per claim. Guarded by this.
  private final Map<Long, List<Holder>> holders = new HashMap<>();
  // Services whose one object is stuck in a call. Guarded by this.
  private final Set<Long> stuck = new HashSet<>();

  /**
   * Claims a service.
   *
   * @param shared whether others may hold it as well
   * @return null if it is claimed now, else who holds it
   */
  synchronized @Nullable Holder claim(long serviceId, Holder holder, boolean shared) {
    List<Holder> present = holders.computeIfAbsent(serviceId, id -> new ArrayList<>(1));
    if (!shared) {
      for (Holder other : present) {
        if (!holder.isNic() || !other.equals(holder) || stuck.contains(serviceId)) {
          return other;
        }
      }
    }
    present.add(holder);
    return null;
  }

  /** Gives up one claim. */
  synchronized void release(long serviceId, Holder holder) {
    List<Holder> present = holders.get(serviceId);
    if (present != null) {
      present.remove(holder);
      if (present.isEmpty()) {
        holders.remove(serviceId);
      }
    }
  }

  /** Nobody gets a service that is not a prototype, not even who holds it, or anybody may again. */
  synchronized void setStuck(long serviceId, boolean is) {
    if (is) {
      stuck.add(serviceId);
    } else {
      stuck.remove(serviceId);
    }
  }

  synchronized boolean isStuck(long serviceId) {
    return stuck.contains(serviceId);
  }

  /** A service has gone, and with it every claim, even of what is stuck. */
  synchronized void forget(long serviceId) {
    holders.remove(serviceId);
    stuck.remove(serviceId);
  }

  /** Who holds a service, each once. */
  synchronized List<String> holders(long serviceId) {
    return holders.getOrDefault(serviceId, List.of()).stream()
        .map(Holder::shown)
        .distinct()
        .sorted()
        .toList();
  }
}
