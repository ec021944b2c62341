package org.patchbay.vhostuser.protocol;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** The virtio features that this device can offer, by their names and bits in VIRTIO 1.3. */
public enum VirtioFeature {
  /** VIRTIO_NET_F_CSUM: the device takes packets with partial checksums. */
  CSUM(0),
  /** VIRTIO_NET_F_GUEST_CSUM: the driver takes packets with partial checksums. */
  GUEST_CSUM(1),
  /** VIRTIO_NET_F_MTU: the device tells the largest packet. */
  MTU(3),
  /** VIRTIO_NET_F_HOST_TSO4: the device segments TCP over IPv4. */
  HOST_TSO4(11),
  /** VIRTIO_NET_F_HOST_TSO6: the device segments TCP over IPv6. */
  HOST_TSO6(12),
  /** VIRTIO_NET_F_MRG_RXBUF: a received frame may span several buffers. */
  MRG_RXBUF(15),
  /** VIRTIO_NET_F_MQ: several queue pairs. */
  MQ(22),
  /** VIRTIO_F_INDIRECT_DESC: descriptors in tables of their own. */
  INDIRECT_DESC(28),
  /** VIRTIO_F_EVENT_IDX: notifications wanted from an index on. */
  EVENT_IDX(29),
  /** VHOST_USER_F_PROTOCOL_FEATURES: not the guest's; the protocol's own features follow. */
  PROTOCOL_FEATURES(30),
  /** VIRTIO_F_VERSION_1: the device is no legacy one. */
  VERSION_1(32),
  /** VIRTIO_F_RING_PACKED: packed virtqueues. */
  RING_PACKED(34),
  /** VIRTIO_F_IN_ORDER: buffers are used in the order in which they were made available. */
  IN_ORDER(35),
  /** VIRTIO_NET_F_HOST_USO: the device segments UDP. */
  HOST_USO(56);

  /** What an operator may withhold: all but what the protocol itself needs. */
  private static final Set<VirtioFeature> WITHHOLDABLE =
      EnumSet.complementOf(EnumSet.of(PROTOCOL_FEATURES));

  private final int bit;

  VirtioFeature(int bit) {
    this.bit = bit;
  }

  /** The feature's bit, alone. */
  public long mask() {
    return 1L << bit;
  }

  /** Whether a set of bits has this one. */
  public boolean isIn(long features) {
    return (features & mask()) != 0;
  }

  /** The bits of some features. */
  public static long mask(Set<VirtioFeature> features) {
    return features.stream().mapToLong(VirtioFeature::mask).reduce(0, (a, b) -> a | b);
  }

  /** The names of a set of bits, unknown ones as numbers. */
  public static List<String> names(long features) {
    return FeatureNames.of(features, values(), VirtioFeature::mask);
  }

  /**
   * Reads features that an operator withholds: names with commas between, with or without {@code
   * VIRTIO_F_}, {@code VIRTIO_RING_F_} or {@code VIRTIO_NET_F_} before them, in any case.
   *
   * @param key the configuration's key, for the error
   * @throws IllegalArgumentException naming the key, the value and what is allowed
   */
  public static Set<VirtioFeature> parse(String key, String text) {
    Set<VirtioFeature> features = EnumSet.noneOf(VirtioFeature.class);
    for (String part : text.split(",", -1)) {
      String name =
          part.strip().toUpperCase(Locale.ROOT).replaceFirst("^VIRTIO_(NET_|RING_)?F_", "");
      features.add(
          WITHHOLDABLE.stream()
              .filter(feature -> feature.name().equals(name))
              .findFirst()
              .orElseThrow(() -> refused(key, text)));
    }
    return features;
  }

  private static IllegalArgumentException refused(String key, String text) {
    return new IllegalArgumentException(
        key
            + " is '"
            + text
            + "'; allowed are, with commas between, "
            + Arrays.stream(values())
                .filter(WITHHOLDABLE::contains)
                .map(VirtioFeature::name)
                .collect(Collectors.joining(", ")));
  }
}
