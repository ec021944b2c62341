package org.patchbay.frontend;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.GuestRegion;

/**
 * Guest memory as one generation of queues sees it: through an arena of its own, which is closed
 * when those queues are done with. A thread that comes back late from a call of one of them then
 * meets an {@link IllegalStateException} instead of memory that has moved on.
 *
 * <p>The coordinator's, but for {@link #revoke} and what asks whether memory is shared, which any
 * thread may call.
 */
final class LentMemory {

  /** Above the scratch memory of any number of pairs; frontends may have their own from here. */
  private static final long SCRATCH_END = RingPort.SCRATCH_START + (1L << 60);

  private static final AtomicInteger NUMBERS = new AtomicInteger();

  private final Arena arena = Arena.ofShared();
  private final int number = nextNumber();

  // Restricted, as any view of arbitrary memory: frontends touch what they have checked.
  @SuppressWarnings("restricted")
  private final MemorySegment all = MemorySegment.NULL.reinterpret(Long.MAX_VALUE, arena, null);

  // The last one asked for: the pairs of a NIC mostly answer the same.
  private @Nullable GuestMemory memory;
  private volatile @Nullable GuestMemory view;

  private static int nextNumber() {
    int next = NUMBERS.incrementAndGet();
    return next == 0 ? NUMBERS.incrementAndGet() : next;
  }

  /** Tells it from others, as {@link IdLedger#setPostedAside} needs it; not 0. */
  int number() {
    return number;
  }

  /** All native memory by its address, until this is revoked. */
  MemorySegment all() {
    return all;
  }

  /** A view of some guest memory that ends with this generation. */
  GuestMemory viewOf(GuestMemory guest) {
    GuestMemory known = view;
    if (known == null || memory != guest) {
      known = guest.through(arena);
      memory = guest;
      view = known;
    }
    return known;
  }

  /** Whether some guest memory is mapped where this was lent, engines' scratch memory aside. */
  boolean shares(GuestMemory guest) {
    GuestMemory lent = view;
    if (lent == null) {
      return false;
    }
    for (int i = 0; i < lent.regionCount(); i++) {
      for (int j = 0; j < guest.regionCount(); j++) {
        if (!isScratch(lent.regionAddress(i))
            && overlap(lent.regionMemory(i), guest.regionMemory(j))) {
          return true;
        }
      }
    }
    return false;
  }

  /** The same of some regions of a guest's memory. */
  boolean shares(List<GuestRegion> guest) {
    GuestMemory lent = view;
    if (lent == null) {
      return false;
    }
    for (int i = 0; i < lent.regionCount(); i++) {
      MemorySegment memory = lent.regionMemory(i);
      if (guest.stream().anyMatch(region -> overlap(memory, region.memory()))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isScratch(long guestAddress) {
    return guestAddress >= RingPort.SCRATCH_START && guestAddress < SCRATCH_END;
  }

  private static boolean overlap(MemorySegment one, MemorySegment other) {
    return one.address() < other.address() + other.byteSize()
        && other.address() < one.address() + one.byteSize();
  }

  /**
   * Ends all views. Takes a handshake with every thread of the process, so never while a guest
   * waits for nothing else. A second call does nothing.
   *
   * @return false if that is not possible yet, because a native call is using the memory
   */
  boolean revoke() {
    try {
      arena.close();
      return true;
    } catch (IllegalStateException e) {
      return !arena.scope().isAlive(); // revoked before, or in use
    }
  }
}
