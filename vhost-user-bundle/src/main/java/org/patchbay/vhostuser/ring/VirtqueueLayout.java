package org.patchbay.vhostuser.ring;

/**
 * Where a virtqueue lies, and where the device goes on in it. The caller has checked that each area
 * lies in mapped memory for its whole length and is aligned as the specification says.
 *
 * <pre>
 *               descriptor area     driver area                    device area
 *   split       table, 16 * size    available ring, 6 + 2 * size   used ring, 6 + 8 * size
 *   packed      ring, 16 * size     driver event suppression, 4    device event suppression, 4
 * </pre>
 *
 * @param size number of descriptors, 1 to {@link #MAX_SIZE}; a power of two for a split ring
 * @param descriptorArea native address of the descriptor area, 16-byte aligned
 * @param driverArea native address of what the driver writes
 * @param deviceArea native address of what the device writes
 * @param base as in VHOST_USER_SET_VRING_BASE: of a split ring the next available index; of a
 *     packed ring the next available descriptor in bits 0 to 14 and its wrap counter in bit 15, and
 *     the same of the next used descriptor in the upper half
 */
public record VirtqueueLayout(
    int size, long descriptorArea, long driverArea, long deviceArea, int base) {

  /** Most descriptors of a virtqueue. */
  public static final int MAX_SIZE = 1024;

  public VirtqueueLayout {
    if (size < 1 || size > MAX_SIZE) {
      throw new IllegalArgumentException(
          "a virtqueue has " + size + " descriptors; allowed are 1 to " + MAX_SIZE);
    }
  }
}
