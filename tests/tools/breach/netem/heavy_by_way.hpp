#pragma once
#include "netem/heavy.hpp"
