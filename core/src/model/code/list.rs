//! Every code, in the order of their texts: they stand in two files that one can read.

use super::a_to_n::a_to_n;
use super::o_to_z::o_to_z;
use super::table::codes;

a_to_n! { o_to_z }
