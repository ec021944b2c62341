package org.patchbay.conformance.support;

import org.jspecify.annotations.Nullable;
import org.patchbay.api.TxBatch;
import org.patchbay.api.Vlan;

/** A packet that a test transmits. Its methods change it and answer it again. */
public final class TestPacket {

  /** What is wrong with a packet. */
  public enum Defect {
    /** Its last segment lies where no guest memory is. */
    OUTSIDE_MEMORY,
    /** Its last segment begins in guest memory and runs out of it. */
    RUNS_OUT_OF_MEMORY,
    /** The address of its last segment is so large that the sum with its length overflows. */
    WRAPS_AROUND,
    /** Its head says one byte more than the segments have. */
    LENGTH_TOO_LARGE,
    /** Its head says one byte less than the segments have. */
    LENGTH_TOO_SMALL,
    /** Its head says that it has no segment. */
    NO_SEGMENT,
    /** It has 256 segments. */
    TOO_MANY_SEGMENTS,
    /** Its head says one segment more than there are. */
    SEGMENT_MISSING,
    /** It is 0 bytes long. */
    EMPTY,
    /** One of its segments has a negative length, and another makes up for it. */
    NEGATIVE_LENGTH
  }

  private final int id;
  private final byte[] frame;
  private int segments = 1;
  private int vlan = Vlan.NONE;
  private boolean straddling;
  private @Nullable Defect defect;
  private long address = -1;

  /**
   * A packet of one segment.
   *
   * @param id its transmit id
   * @param frame its bytes
   */
  public TestPacket(int id, byte[] frame) {
    this.id = id;
    this.frame = frame.clone();
  }

  /** Splits it into as many segments. */
  public TestPacket segments(int count) {
    segments = count;
    return this;
  }

  /** Gives it a VLAN in its metadata. */
  public TestPacket vlan(int tagControl) {
    vlan = tagControl;
    return this;
  }

  /** Lays it over the border of two regions that adjoin in guest memory. */
  public TestPacket straddling() {
    straddling = true;
    return this;
  }

  /** Makes it a bad packet. */
  public TestPacket defect(Defect what) {
    defect = what;
    return this;
  }

  /** Its transmit id. */
  public int id() {
    return id;
  }

  /** Its bytes. */
  public byte[] frame() {
    return frame.clone();
  }

  /** Its number of segments. */
  public int segments() {
    return segments;
  }

  /** Its VLAN. */
  public int vlan() {
    return vlan;
  }

  /** Whether it has a defect. */
  public boolean isBad() {
    return defect != null;
  }

  /** Writes its bytes to guest memory. */
  void place(TestGuestMemory memory) {
    if (address < 0) {
      address =
          straddling
              ? TestGuestMemory.straddlingPacket(frame.length)
              : memory.allocate(frame.length);
    }
    memory.write(address, frame);
  }

  /** Overwrites its bytes in guest memory, as a guest does that uses the memory again. */
  void scramble(TestGuestMemory memory) {
    memory.write(address, TestFrames.poison(frame.length));
    if (!straddling) {
      memory.release(address, frame.length);
    }
    address = -1;
  }

  /** Adds it to a batch. */
  void addTo(TxBatch batch) {
    Defect wrong = defect;
    boolean added =
        wrong != null ? addBad(batch, wrong) : addParts(batch, segments, segments, frame.length);
    if (!added) {
      throw new IllegalStateException("the test's batch is too small");
    }
    if (Vlan.isPresent(vlan)) {
      batch.setVlan(vlan);
    }
  }

  private boolean addParts(TxBatch batch, int parts, int declared, int length) {
    int part = frame.length / parts;
    boolean added =
        batch.addPacket(id, declared, 0, length, address, parts == 1 ? frame.length : part);
    for (int i = 1; i < parts; i++) {
      int from = i * part;
      added &= batch.addSegment(address + from, i == parts - 1 ? frame.length - from : part);
    }
    return added;
  }

  private boolean addBad(TxBatch batch, Defect wrong) {
    return switch (wrong) {
      case OUTSIDE_MEMORY -> addHeadAnd(batch, TestGuestMemory.HOLE + 4096);
      case RUNS_OUT_OF_MEMORY -> addHeadAnd(batch, TestGuestMemory.HOLE - 1);
      case WRAPS_AROUND -> addHeadAnd(batch, Long.MAX_VALUE - 1);
      case LENGTH_TOO_LARGE -> addParts(batch, segments, segments, frame.length + 1);
      case LENGTH_TOO_SMALL -> addParts(batch, segments, segments, frame.length - 1);
      case NO_SEGMENT -> addParts(batch, 1, 0, frame.length);
      case TOO_MANY_SEGMENTS ->
          addParts(batch, TxBatch.MAX_SEGMENTS + 1, TxBatch.MAX_SEGMENTS + 1, frame.length);
      case SEGMENT_MISSING -> addParts(batch, segments, segments + 1, frame.length);
      case EMPTY -> batch.addPacket(id, 1, 0, 0, address, 0);
      case NEGATIVE_LENGTH ->
          batch.addPacket(id, 2, 0, frame.length, address, frame.length + 8)
              && batch.addSegment(address, -8);
    };
  }

  private boolean addHeadAnd(TxBatch batch, long tail) {
    int head = frame.length / 2;
    return batch.addPacket(id, 2, 0, frame.length, address, head)
        && batch.addSegment(tail, frame.length - head);
  }
}
