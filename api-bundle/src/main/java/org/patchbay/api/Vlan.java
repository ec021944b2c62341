package org.patchbay.api;

/**
 * 802.1Q VLAN metadata as one {@code int}: the tag control information as it stands on the wire, or
 * {@link #NONE}. Only on layer-2 traffic.
 *
 * <pre>
 *   15 .. 13   12   11 .. 0
 *   priority   DEI  VLAN id        (IEEE 802.1Q, tag control information)
 * </pre>
 */
public final class Vlan {

  /** No VLAN. */
  public static final int NONE = -1;

  /** EtherType of an 802.1Q tag. */
  public static final int ETHER_TYPE = 0x8100;

  private Vlan() {}

  /**
   * Packs the fields of a tag.
   *
   * @param priority 0 to 7
   * @param dropEligible whether the packet may be dropped before others
   * @param id 0 to 4095
   * @throws IllegalArgumentException if a field is out of its range
   */
  public static int of(int priority, boolean dropEligible, int id) {
    if (priority < 0 || priority > 7) {
      throw new IllegalArgumentException("VLAN priority is " + priority + "; allowed are 0 to 7");
    }
    if (id < 0 || id > 4095) {
      throw new IllegalArgumentException("VLAN id is " + id + "; allowed are 0 to 4095");
    }
    return priority << 13 | (dropEligible ? 1 << 12 : 0) | id;
  }

  /** Whether a value is a tag, that is, not {@link #NONE}. */
  public static boolean isPresent(int vlan) {
    return vlan >= 0;
  }

  /** Priority, 0 to 7. */
  public static int priority(int vlan) {
    return vlan >>> 13 & 7;
  }

  /** Whether the packet may be dropped before others. */
  public static boolean isDropEligible(int vlan) {
    return (vlan >>> 12 & 1) != 0;
  }

  /** VLAN id, 0 to 4095. */
  public static int id(int vlan) {
    return vlan & 0xfff;
  }
}
