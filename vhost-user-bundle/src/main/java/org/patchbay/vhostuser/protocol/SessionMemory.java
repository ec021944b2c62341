package org.patchbay.vhostuser.protocol;

import java.util.ArrayList;
import java.util.List;
import org.patchbay.api.EndpointException;
import org.patchbay.api.GuestRegion;
import org.patchbay.frontend.Withdrawal;

/**
 * The memory of one connection: follows the requests that change it, under rings that may be
 * running, and owns the regions until no worker can touch them any more.
 *
 * <p>The session's thread, but for {@link #isIntact}, which any thread may ask.
 */
final class SessionMemory {

  private final DeviceRings rings;
  private final Vrings vrings;
  private volatile MemoryTable table = MemoryTable.EMPTY;

  /** What is to be the memory, while the device may have it already. */
  private volatile MemoryTable candidate = MemoryTable.EMPTY;

  /** What the device has; not where a change failed, after which the connection ends. */
  private MemoryTable installed = MemoryTable.EMPTY;

  /** Whether the device may have any memory. */
  private boolean hasInstalled;

  /** Regions that a change which failed may have brought to the device. */
  private final List<MappedRegion> orphans = new ArrayList<>();

  SessionMemory(DeviceRings rings, Vrings vrings) {
    this.rings = rings;
    this.vrings = vrings;
  }

  /** The memory as the front-end last described it. */
  MemoryTable table() {
    return table;
  }

  /** Whether the files are as long as they must be. Any thread. */
  boolean isIntact() {
    while (true) {
      MemoryTable seen = table;
      if (seen.isIntact() && candidate.isIntact()) {
        return true;
      }
      if (seen == table) {
        return false;
      }
      // It was exchanged meanwhile, and a file of its that was closed says nothing.
    }
  }

  // ---- requests ----

  void replace(Message message) throws ProtocolViolation, EndpointException, InterruptedException {
    int count = message.int32(0);
    if (count < 1 || count > MemoryTable.MOST_TABLE_REGIONS) {
      throw new ProtocolViolation(
          "SET_MEM_TABLE has "
              + Integer.toUnsignedString(count)
              + " regions; allowed are 1 to "
              + MemoryTable.MOST_TABLE_REGIONS);
    }
    int needed = 8 + count * RegionDescription.SIZE;
    if (message.payloadSize() < needed || message.descriptorCount() != count) {
      throw new ProtocolViolation(
          "SET_MEM_TABLE of "
              + count
              + " regions has "
              + message.payloadSize()
              + " bytes and "
              + message.descriptorCount()
              + " descriptors; it needs "
              + needed
              + " and "
              + count);
    }
    List<RegionDescription> descriptions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      descriptions.add(RegionDescription.read(message, 8 + i * RegionDescription.SIZE));
    }
    follow(table.replaced(descriptions, message));
  }

  void add(Message message) throws ProtocolViolation, EndpointException, InterruptedException {
    if (message.descriptorCount() != 1) {
      throw new ProtocolViolation(
          "ADD_MEM_REG came with " + message.descriptorCount() + " descriptors; it has one");
    }
    follow(table.with(RegionDescription.read(message, 8), message.takeDescriptor()));
  }

  void remove(Message message) throws ProtocolViolation, EndpointException, InterruptedException {
    // Some front-ends pass the region's descriptor here, too; it is closed with the message.
    if (message.descriptorCount() > 1) {
      throw new ProtocolViolation(
          "REM_MEM_REG came with " + message.descriptorCount() + " descriptors; it has none");
    }
    follow(table.without(RegionDescription.read(message, 8)));
  }

  /** Makes a table the current one. */
  private void follow(MemoryTable next)
      throws ProtocolViolation, EndpointException, InterruptedException {
    MemoryTable before = table;
    if (next == before) {
      return;
    }
    boolean done = false;
    candidate = next;
    try {
      if (hasInstalled) {
        vrings.checkRunning(next);
        install(next);
      }
      table = next;
      done = true;
    } finally {
      candidate = MemoryTable.EMPTY;
      if (!done) {
        // The connection ends; until then the device may have them, as far as the change came.
        orphans.addAll(next.missingIn(before));
      }
    }
    closeUnused(before.missingIn(next));
  }

  private void install(MemoryTable next) throws EndpointException, InterruptedException {
    if (installed.missingIn(next).isEmpty()) {
      // What rings and buffers use stays where it is.
      rings.change(Withdrawal.NOTHING, device -> device.extendMemory(next.guestRegions()));
    } else {
      rings.change(Withdrawal.BUFFERS, device -> vrings.move(next, device));
    }
    installed = next;
  }

  /**
   * Makes a change of the device, which has the memory then, if it has not had it before.
   *
   * @param change made after the memory was set
   */
  void provideFor(DeviceRings.Change change) throws EndpointException, InterruptedException {
    MemoryTable current = table;
    boolean installs = installed != current;
    hasInstalled = true;
    rings.change(
        installs ? Withdrawal.BUFFERS : Withdrawal.NOTHING,
        device -> {
          if (installs) {
            device.setMemory(current.guestRegions());
          }
          change.apply(device);
        });
    installed = current;
  }

  // ---- the end ----

  /** Takes rings and memory away from the device, if it may have any. */
  void withdraw() throws EndpointException, InterruptedException {
    if (hasInstalled) {
      rings.change(
          Withdrawal.BUFFERS,
          device -> {
            vrings.clear(device);
            device.setMemory(List.of());
          });
    }
  }

  /** Unmaps everything, once no worker can touch it; the guest's memory is let go at once. */
  void close() {
    hasInstalled = false;
    installed = MemoryTable.EMPTY;
    List<MappedRegion> regions = table.missingIn(MemoryTable.EMPTY);
    table = MemoryTable.EMPTY; // first: whether a file that was closed is intact can't be asked
    closeUnused(regions);
    closeUnused(List.copyOf(orphans));
    orphans.clear();
  }

  private void closeUnused(List<MappedRegion> regions) {
    if (!regions.isEmpty()) {
      List<GuestRegion> memory = regions.stream().map(MappedRegion::guest).toList();
      rings.whenUnused(memory, () -> regions.forEach(MappedRegion::close));
      // Where a backend's call keeps them, it reaches the guest no more.
      regions.forEach(MappedRegion::vacate);
    }
  }
}
