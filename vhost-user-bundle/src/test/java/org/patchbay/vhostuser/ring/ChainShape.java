package org.patchbay.vhostuser.ring;

import java.util.ArrayList;
import java.util.List;

/** How a driver arranges header and frame in descriptors. */
public enum ChainShape {
  /** All in one. */
  WHOLE,
  /** The header in one of its own, the frame in another. */
  HEADER_APART,
  /** The header in two, the second with the frame's first bytes. */
  HEADER_SPLIT,
  /** The header with the frame's first bytes, then pieces. */
  PIECES,
  /** A descriptor for each few bytes at first, with an empty one between. */
  CRUMBS;

  private static final int PIECE = 100;

  /** Lengths of the pieces for so many bytes of header and frame. */
  public int[] lengths(int header, int frame) {
    List<Integer> lengths = new ArrayList<>();
    int left = header + frame;
    switch (this) {
      case WHOLE -> {}
      case HEADER_APART -> left = take(lengths, left, header);
      case HEADER_SPLIT -> left = take(lengths, left, header - 5);
      case PIECES -> {
        left = take(lengths, left, header + 14);
        while (left > PIECE && lengths.size() < 40) {
          left = take(lengths, left, PIECE);
        }
      }
      case CRUMBS -> {
        for (int bytes : new int[] {1, 3, 0, 2, 7, 1}) {
          left = take(lengths, left, bytes);
        }
      }
    }
    if (left > 0) {
      lengths.add(left);
    }
    return lengths.stream().mapToInt(Integer::intValue).toArray();
  }

  private static int take(List<Integer> lengths, int left, int bytes) {
    int part = Math.min(left, bytes);
    lengths.add(part);
    return left - part;
  }
}
