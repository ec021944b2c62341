package org.patchbay.disconnectable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which NICs hold which endpoint services. A service that is not a prototype has one holder; that
 * NIC may claim it again, as when it is plugged anew, and gives up each claim. Any thread.
 */
final class ClaimTable {

  // Holders by service id, with one entry per claim. Guarded by this.
  private final Map<Long, List<String>> holders = new HashMap<>();

  /**
   * Claims a service for a NIC.
   *
   * @param shared whether other NICs may hold it as well
   * @return null if it is claimed now, else the NIC that holds it
   */
  synchronized @Nullable String claim(long serviceId, String nic, boolean shared) {
    List<String> present = holders.computeIfAbsent(serviceId, id -> new ArrayList<>(1));
    if (!shared) {
      for (String holder : present) {
        if (!holder.equals(nic)) {
          return holder;
        }
      }
    }
    present.add(nic);
    return null;
  }

  /** Gives up one claim. */
  synchronized void release(long serviceId, String nic) {
    List<String> present = holders.get(serviceId);
    if (present != null) {
      present.remove(nic);
      if (present.isEmpty()) {
        holders.remove(serviceId);
      }
    }
  }

  /** The NICs that hold a service, each once. */
  synchronized List<String> holders(long serviceId) {
    return holders.getOrDefault(serviceId, List.of()).stream().distinct().sorted().toList();
  }
}
