package org.patchbay.conformance.support;

import org.patchbay.api.RxMetadata;

/**
 * A frame that came in a receive buffer.
 *
 * @param id the buffer's id
 * @param frame the bytes that the metadata names
 * @param metadata a copy of what the backend wrote
 */
@SuppressWarnings("ArrayRecordComponent") // handed from a harness to one test; never compared
public record ReceivedFrame(int id, byte[] frame, RxMetadata metadata) {

  /** The frame's number, see {@link TestFrames#sequence}; its VLAN tag, if any, is left out. */
  public int sequence() {
    return TestFrames.sequence(TestFrames.withoutTag(frame));
  }

  /** The VLAN in the metadata, or else the tag in the frame. */
  public int vlan() {
    return metadata.vlan() >= 0 ? metadata.vlan() : TestFrames.tag(frame);
  }
}
